#include "ledd/trabecular_structure/connectivity.h"

#include <gmock/gmock.h>

#include <random>

#include "ledd/core/error.h"

#include "solids.h"

namespace ledd {
namespace {

using solids::cubes;
using solids::drawn;
using solids::everywhere;
using solids::length;

double chi(const Mask& bone) {
  return euler_number(bone, *everywhere(bone));
}

TEST(EulerNumber, IsThatOfKnownShapes) {
  const auto ball = drawn(cubes(24), [](const Point& p) { return length(p) < 8.2; });
  const auto hollow = drawn(cubes(24), [](const Point& p) { return length(p) < 8.2 && length(p) > 4.7; });
  const auto two = drawn(cubes(32), [](const Point& p) {
    return length({p[0] - 8, p[1], p[2]}) < 5.1 || length({p[0] + 8, p[1], p[2]}) < 5.1;
  });
  const auto torus = drawn(cubes(24), [](const Point& p) {
    return length({std::hypot(p[0], p[1]) - 7.0, p[2], 0}) < 2.6;
  });
  const auto crossed = drawn(cubes(24), [](const Point& p) {
    const double r = std::hypot(p[0], p[1]);
    const bool bars = std::min(std::abs(p[0]), std::abs(p[1])) < 1.5 && r < 10.0;
    return std::abs(p[2]) < 1.5 && (std::abs(r - 8.5) < 1.5 || bars);
  });
  const auto frame = drawn(cubes(24), [](const Point& p) {
    int far = 0;
    for (const double x : p) {
      if (std::abs(x) > 9.0) return false;
      if (std::abs(x) > 6.0) ++far;
    }
    return far >= 2;
  });
  EXPECT_EQ(chi(*ball), 1.0);
  EXPECT_EQ(chi(*hollow), 2.0);
  EXPECT_EQ(chi(*two), 2.0);
  EXPECT_EQ(chi(*torus), 0.0);
  EXPECT_EQ(chi(*crossed), -3.0);
  EXPECT_EQ(chi(*frame), -4.0);
}

TEST(EulerNumber, VoxelsThatTouchByACornerAreOne) {
  const auto mask = drawn(cubes(6), [](const Point&) { return false; });
  mask->SetPixel({{2, 2, 2}}, 1);
  EXPECT_EQ(chi(*mask), 1.0);
  mask->SetPixel({{3, 3, 3}}, 1);
  EXPECT_EQ(chi(*mask), 1.0);
  mask->SetPixel({{3, 3, 1}}, 1);
  EXPECT_EQ(chi(*mask), 1.0);
  mask->SetPixel({{5, 5, 4}}, 1);
  EXPECT_EQ(chi(*mask), 1.25) << "at an edge of the image, a quarter of it is seen";
}

/// Half of all voxels set, without order.
Mask::Pointer noise(phantom::Size size, unsigned seed) {
  std::mt19937 random(seed);
  auto mask = phantom::blank<Mask>(size, {0.1, 0.1, 0.1}, 0);
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
    mask->GetBufferPointer()[n] = static_cast<std::uint8_t>(random() >> 5U & 1U);
  return mask;
}

TEST(EulerNumber, CompartmentsAddUpToTheWhole) {
  const auto bone = noise({17, 14, 11}, 1), one = noise({17, 14, 11}, 2);
  const auto other = everywhere(*bone);
  for (std::size_t n = 0; n < 17U * 14U * 11U; ++n)
    if (one->GetBufferPointer()[n] != 0) other->GetBufferPointer()[n] = 0;
  EXPECT_EQ(euler_number(*bone, *one) + euler_number(*bone, *other), chi(*bone));
}

/// Points - edges + faces - cubes of voxels from `lo` to `hi`, counted one by one, along the axes that are
/// longer than one voxel.
double counted(const Mask& mask,
               const std::array<long, 3>& lo,
               const std::array<long, 3>& hi,
               unsigned flat) {
  std::array<long, 3> size{};
  for (unsigned a = 0; a < 3; ++a) size[a] = 2 * (hi[a] - lo[a] + 1) + 1;
  std::vector<char> cells(static_cast<std::size_t>(size[0] * size[1] * size[2]), 0);
  for (long z = lo[2]; z <= hi[2]; ++z)
    for (long y = lo[1]; y <= hi[1]; ++y)
      for (long x = lo[0]; x <= hi[0]; ++x) {
        if (mask.GetPixel({{x, y, z}}) == 0) continue;
        const std::array<long, 3> middle{2 * (x - lo[0]) + 1, 2 * (y - lo[1]) + 1, 2 * (z - lo[2]) + 1};
        for (int n = 0; n < 27; ++n) {
          const std::array<long, 3> by{n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1};
          bool within = true;
          for (unsigned a = 0; a < 3; ++a) within = within && ((flat >> a & 1U) == 0 || by[a] == 0);
          if (within)
            cells[static_cast<std::size_t>(((middle[2] + by[2]) * size[1] + middle[1] + by[1]) * size[0] +
                                           middle[0] + by[0])] = 1;
        }
      }
  double sum = 0.0;
  for (std::size_t n = 0; n < cells.size(); ++n) {
    if (cells[n] == 0) continue;
    const long at = static_cast<long>(n);
    const std::array<long, 3> place{at % size[0], at / size[0] % size[1], at / size[0] / size[1]};
    long odd = 0;
    for (unsigned a = 0; a < 3; ++a)
      if ((flat >> a & 1U) == 0) odd += place[a] % 2;
    sum += odd % 2 == 0 ? 1.0 : -1.0;
  }
  return sum;
}

TEST(EulerNumber, OfABoxIsCorrectedByItsFacesEdgesAndCorners) {
  const std::array<long, 3> size{9, 7, 8};
  const auto bone = noise({9, 7, 8}, 7);
  double expected = 0.0;
  for (int n = 0; n < 27; ++n) {  // along each axis: the lower end, the upper end, all
    const std::array<int, 3> which{n % 3, n / 3 % 3, n / 9};
    std::array<long, 3> lo{}, hi{};
    unsigned flat = 0;
    double factor = 1.0;
    for (unsigned a = 0; a < 3; ++a) {
      lo[a] = which[a] == 1 ? size[a] - 1 : 0;
      hi[a] = which[a] == 0 ? 0 : size[a] - 1;
      if (which[a] == 2) continue;
      flat |= 1U << a;
      factor *= -0.5;
    }
    expected += factor * counted(*bone, lo, hi, flat);
  }
  EXPECT_EQ(chi(*bone), expected);
}

TEST(EulerNumber, DifferentGridsAreRefusedAndNothingHasNone) {
  const auto bone = noise({5, 5, 5}, 1);
  EXPECT_THROW(euler_number(*bone, *noise({5, 5, 6}, 1)), Error);
  EXPECT_EQ(euler_number(*bone, *phantom::blank<Mask>({5, 5, 5}, {0.1, 0.1, 0.1}, 0)), 0.0);
}

}  // namespace
}  // namespace ledd
