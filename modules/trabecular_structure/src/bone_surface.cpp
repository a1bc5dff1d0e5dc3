#include "ledd/trabecular_structure/bone_surface.h"

#include <tbb/parallel_for.h>

#include <bit>

#include "cell.h"
#include "smooth_field.h"

namespace ledd {
namespace {

using namespace trabeculae;

/// Slices in one sum: sums are added in their order, so that threads change nothing.
constexpr int kSlices = 8;

class Pass {
 public:
  Pass(const Mask& bone, const Mask& within, const Box& box)
      : bone_(bone.GetBufferPointer()),
        within_(within.GetBufferPointer()),
        size_(size_of(bone)),
        box_(box),
        field_(smooth_field(bone, box)) {
    for (unsigned a = 0; a < 3; ++a) {
      spacing_[a] = bone.GetSpacing()[a];
      per_mm_[a] = 0.5 / spacing_[a];
    }
  }

  /// Cells between slices z and z + 1; beyond the border there is half a cell, in which nothing changes.
  void slice(int z, Facets& to) const {
    for (int y = box_.lo[1] - 1; y <= box_.hi[1]; ++y) row(y, z, to);
  }

 private:
  int inside(int i, unsigned axis) const { return std::clamp(i, 0, size_[axis] - 1); }
  bool half(int i, unsigned axis) const { return i < 0 || i + 1 >= size_[axis]; }

  void row(int y, int z, Facets& to) const {
    std::array<std::size_t, 4> start{};
    for (int k = 0; k < 4; ++k)
      start[static_cast<unsigned>(k)] = offset(size_, 0, inside(y + k % 2, 1), inside(z + k / 2, 2));
    const auto code = [&](const std::uint8_t* mask, int x) {
      const auto column = static_cast<std::size_t>(inside(x, 0));
      unsigned bits = 0;
      for (unsigned k = 0; k < 4; ++k)
        if (mask[start[k] + column] != 0) bits |= 1U << (2 * k);
      return bits;
    };
    const double weight = (half(y, 1) ? 0.5 : 1.0) * (half(z, 2) ? 0.5 : 1.0);
    unsigned before = code(bone_, box_.lo[0] - 1);
    for (int x = box_.lo[0] - 1; x <= box_.hi[0]; ++x) {
      const unsigned behind = code(bone_, x + 1);
      const unsigned solid = before | behind << 1U;
      before = behind;
      if (solid == 0 || solid == 255U) continue;
      const unsigned own = solid & (code(within_, x) | code(within_, x + 1) << 1U);
      if (own == 0) continue;
      const double share = static_cast<double>(std::popcount(own)) / std::popcount(solid);
      add_surface(cell(x, y, z), weight * (half(x, 0) ? 0.5 : 1.0) * share, to);
    }
  }

  /// Where the values of i - 1 to i + 2 lie; beyond the border the field goes on as it ends.
  std::array<std::size_t, 4> places(int i, unsigned axis, std::size_t step) const {
    std::array<std::size_t, 4> at{};
    const Box& box = field_.box;
    for (int k = 0; k < 4; ++k)
      at[static_cast<unsigned>(k)] =
          static_cast<std::size_t>(std::clamp(i - 1 + k, box.lo[axis], box.hi[axis]) - box.lo[axis]) * step;
    return at;
  }

  Cell cell(int x, int y, int z) const {
    const Size size = field_.box.size();
    const auto wide = static_cast<std::size_t>(size[0]), slice = wide * static_cast<std::size_t>(size[1]);
    const auto ox = places(x, 0, 1), oy = places(y, 1, wide), oz = places(z, 2, slice);
    const float* const f = field_.values.data();
    Cell cell;
    for (unsigned corner = 0; corner < 8; ++corner) {
      const unsigned i = 1 + (corner & 1U), j = 1 + (corner >> 1U & 1U), k = 1 + (corner >> 2U);
      cell.at[corner] = {(i - 1) * spacing_[0], (j - 1) * spacing_[1], (k - 1) * spacing_[2]};
      cell.value[corner] = static_cast<double>(f[ox[i] + oy[j] + oz[k]]);
      cell.gradient[corner] = {slope(f[ox[i - 1] + oy[j] + oz[k]], f[ox[i + 1] + oy[j] + oz[k]], 0),
                               slope(f[ox[i] + oy[j - 1] + oz[k]], f[ox[i] + oy[j + 1] + oz[k]], 1),
                               slope(f[ox[i] + oy[j] + oz[k - 1]], f[ox[i] + oy[j] + oz[k + 1]], 2)};
    }
    return cell;
  }
  double slope(float before, float behind, unsigned axis) const {
    return static_cast<double>(behind - before) * per_mm_[axis];
  }

  const std::uint8_t *bone_, *within_;
  Size size_;
  Box box_;
  SmoothField field_;
  Point spacing_{}, per_mm_{};
};

Point turned(const Point& v, const Mask& image) {
  const auto& direction = image.GetDirection();
  Point to{};
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c) to[r] += direction[r][c] * v[c];
  return to;
}

}  // namespace

BoneSurface bone_surface(const Mask& bone, const Mask& within) {
  require_same_grid(bone, within, "bone and compartment");
  BoneSurface result;
  const auto box = box_of(within);
  if (!box) return result;
  const Pass pass(bone, within, *box);
  const int first = box->lo[2] - 1, count = box->hi[2] - first + 1;
  std::vector<Facets> parts(static_cast<std::size_t>((count + kSlices - 1) / kSlices));
  tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t part) {
    const int from = first + static_cast<int>(part) * kSlices;
    for (int z = from; z < std::min(from + kSlices, first + count); ++z) pass.slice(z, parts[part]);
  });
  result.facets_lps_mm2.assign(parts.front().sums.size(), Point{});
  for (const Facets& part : parts) {
    result.area_mm2 += part.area;
    result.growth_mm += part.growth;
    for (std::size_t n = 0; n < part.sums.size(); ++n)
      for (unsigned a = 0; a < 3; ++a) result.facets_lps_mm2[n][a] += part.sums[n][a];
  }
  for (Point& facet : result.facets_lps_mm2) facet = turned(facet, bone);
  return result;
}

}  // namespace ledd
