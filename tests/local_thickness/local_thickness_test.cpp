#include "ledd/local_thickness/local_thickness.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phantom.h"
#include "solids.h"

namespace ledd {
namespace {

using solids::Shape;
using solids::Solid;

LocalThickness::Result measure(const Mask& mask) {
  Context context;
  return LocalThickness()(mask, context);
}
LocalThickness::Result measure(const Volume& volume) {
  Context context;
  return LocalThickness()(volume, 0.5, context);
}

Solid posed(Shape shape, double diameter, int size, std::mt19937_64& random) {
  std::uniform_real_distribution<double> offset(-0.5, 0.5);
  const double middle = 0.5 * size;
  Solid solid{shape, diameter, {}, solids::random_axis(random)};
  for (double& c : solid.centre_vox) c = middle + offset(random);
  return solid;
}

double inner_mean(const Volume& thickness, int size, int margin) {
  double sum = 0.0;
  long count = 0;
  const float* value = thickness.GetBufferPointer();
  for (int z = 0; z < size; ++z)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x, ++value) {
        if (!(*value > 0.0F) || std::min({x, y, z}) < margin || std::max({x, y, z}) >= size - margin)
          continue;
        sum += *value;
        ++count;
      }
  return sum / static_cast<double>(count);
}

class AnyPose : public ::testing::TestWithParam<std::tuple<Shape, double>> {};

TEST_P(AnyPose, HasTheDiameterFromDensityAndOnTheMeanFromAMask) {
  const auto [shape, diameter] = GetParam();
  const int margin = shape == Shape::kBall ? 0 : static_cast<int>(0.5 * diameter) + 2;
  const int size = static_cast<int>(shape == Shape::kBall ? diameter + 10 : 2.0 * diameter + 14);
  std::mt19937_64 random(3);
  constexpr int kPoses = 6;
  double mask_error = 0.0, density_error = 0.0;
  for (int pose = 0; pose < kPoses; ++pose) {
    const Solid solid = posed(shape, diameter, size, random);
    const double density =
        inner_mean(*measure(*solids::partial(solid, size)).thickness_mm, size, margin) - diameter;
    EXPECT_LT(std::abs(density), 0.35) << "pose " << pose;
    density_error += density / kPoses;
    mask_error +=
        (inner_mean(*measure(*solids::binary(solid, size)).thickness_mm, size, margin) - diameter) / kPoses;
  }
  EXPECT_LT(std::abs(density_error), 0.25);
  EXPECT_LT(std::abs(mask_error), 0.3);
}
INSTANTIATE_TEST_SUITE_P(ShapesAndDiameters,
                         AnyPose,
                         ::testing::Combine(::testing::ValuesIn(solids::kShapes),
                                            ::testing::Values(4.0, 7.3, 12.0)));

TEST(LocalThickness, PlateThatTheBorderCutsKeepsItsThicknessAlongEveryAxisInMillimetres) {
  const phantom::Spacing spacing{0.1, 0.2, 0.5};
  for (unsigned axis = 0; axis < 3; ++axis) {
    auto mask = phantom::blank<Mask>({20, 20, 20}, spacing, 0);
    for (long k = 0; k < 20; ++k)
      for (long j = 0; j < 20; ++j)
        for (long i = 0; i < 20; ++i)
          if (const std::array<long, 3> at{i, j, k}; at[axis] >= 8 && at[axis] < 13)
            mask->SetPixel({{i, j, k}}, 1);
    const auto result = measure(*mask);
    EXPECT_NEAR(result.all.mean_mm, 5 * spacing[axis], 0.15 * spacing[axis]) << axis;
    EXPECT_NEAR(result.all.max_mm, 5 * spacing[axis], 0.2 * spacing[axis]) << axis;
    EXPECT_EQ(result.all.without, 0U);
    EXPECT_EQ(result.all.voxels, 2000U);
  }
}

TEST(LocalThickness, SurfaceFarAwayAlongAnAxisIsFound) {
  auto mask = phantom::blank<Mask>({1400, 3, 3}, {1, 1, 1}, 0);
  for (long i = 50; i < 1350; ++i)
    for (long k = 0; k < 9; ++k) mask->SetPixel({{i, k % 3, k / 3}}, 1);
  const auto result = measure(*mask);
  EXPECT_EQ(result.all.without, 0U);
  EXPECT_NEAR(result.all.mean_mm, 1300.0, 1.0) << "a plate that the border cuts on four sides";
}

TEST(LocalThickness, ThickAndThinPartHaveTheirOwnValues) {
  auto mask = phantom::blank<Mask>({40, 40, 40}, {1, 1, 1}, 0);
  for (long k = 0; k < 40; ++k)
    for (long j = 0; j < 40; ++j)
      for (long i = 0; i < 40; ++i)
        if (std::abs(k - 20) <= (i < 20 ? 2 : 6)) mask->SetPixel({{i, j, k}}, 1);
  const auto result = measure(*mask);
  EXPECT_NEAR(result.thickness_mm->GetPixel({{8, 20, 20}}), 5.0F, 0.2F);
  EXPECT_NEAR(result.thickness_mm->GetPixel({{32, 20, 20}}), 13.0F, 0.2F);
}

TEST(LocalThickness, OnlyCompleteSpheresCountWhereAskedFor) {
  auto mask = phantom::blank<Mask>({30, 30, 30}, {1, 1, 1}, 0);
  for (long k = 0; k < 30; ++k)
    for (long j = 0; j < 30; ++j)
      for (long i = 0; i < 30; ++i)
        if (k < 4 || (k >= 12 && k < 19)) mask->SetPixel({{i, j, k}}, 1);
  Context context;
  const auto cut = LocalThickness()(*mask, context);
  const auto complete = LocalThickness({.border = LocalThickness::Border::kComplete})(*mask, context);
  EXPECT_GT(cut.thickness_mm->GetPixel({{15, 15, 1}}), 6.0F) << "half a plate, as far as is known";
  EXPECT_EQ(complete.thickness_mm->GetPixel({{15, 15, 1}}), 0.0F);
  EXPECT_NEAR(complete.thickness_mm->GetPixel({{15, 15, 15}}), 7.0F, 0.2F);
  EXPECT_GE(complete.all.without, 3600U);
  EXPECT_NEAR(complete.all.mean_mm, 7.0, 0.2);
}

TEST(LocalThickness, SameBytesWithOneAndTwoThreads) {
  std::mt19937_64 random(11);
  const auto mask = solids::binary(posed(Shape::kRod, 9.0, 30, random), 30);
  const auto one = [&] {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    return measure(*mask);
  }();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 2);
  const auto two = measure(*mask);
  EXPECT_TRUE(std::equal(one.thickness_mm->GetBufferPointer(),
                         one.thickness_mm->GetBufferPointer() + 27000,
                         two.thickness_mm->GetBufferPointer()));
  EXPECT_EQ(one.mid_axis.size(), two.mid_axis.size());
}

TEST(LocalThickness, RefusesWhatHasNoSurfaceAndWhatIsNotFinite) {
  Context context;
  const auto refused = [&](const auto& call) {
    try {
      call();
    } catch (const Error& e) {
      return e.code() == Errc::kInput;
    }
    return false;
  };
  for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}}) {
    const auto mask = phantom::blank<Mask>({8, 8, 8}, {1, 1, 1}, value);
    EXPECT_TRUE(refused([&] { LocalThickness()(*mask, context); })) << int{value};
  }
  const auto volume = phantom::blank<Volume>({8, 8, 8}, {1, 1, 1}, 0.0F);
  volume->SetPixel({{4, 4, 4}}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(refused([&] { LocalThickness()(*volume, 0.5, context); }));
  EXPECT_THROW(LocalThickness({.beyond_vox = -0.1}), Error);
  EXPECT_THROW(LocalThickness({.beyond_vox = std::nan("")}), Error);
}

TEST(LocalThickness, OneVoxelAndOneRowOfVoxelsHaveAThicknessOfAboutAVoxel) {
  auto mask = phantom::blank<Mask>({9, 9, 9}, {1, 1, 1}, 0);
  mask->SetPixel({{4, 4, 4}}, 1);
  Context context;
  const auto one = LocalThickness()(*mask, context);
  EXPECT_EQ(one.all.voxels + one.all.without, 1U);
  EXPECT_LT(one.all.max_mm, 2.0);
}

TEST(MidAxisSpacing, IsThePeriodOfPlatesInAnyPose) {
  std::mt19937_64 random(2);
  for (int pose = 0; pose < 3; ++pose) {
    Solid solid = posed(Shape::kPlate, 4.0, 48, random);
    solid.period_vox = 12.0;
    const auto result = measure(*solids::partial(solid, 48));
    Context context;
    const auto spacing = mid_axis_spacing(*result.thickness_mm, result.mid_axis, context);
    EXPECT_NEAR(statistics_of(*spacing, nullptr).mean_mm, 12.0, 0.5) << pose;
  }
}

}  // namespace
}  // namespace ledd
