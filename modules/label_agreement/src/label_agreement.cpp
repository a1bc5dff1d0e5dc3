#include "ledd/label_agreement/label_agreement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "squared_distances.h"

namespace ledd::label_agreement {
namespace {

using Index = std::array<std::size_t, 3>;

/// Where a structure lies, in either drawing.
struct Found {
  std::size_t first = 0, second = 0, common = 0;
  Index low{SIZE_MAX, SIZE_MAX, SIZE_MAX}, high{};

  void hold(const Index& at) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], at[axis]);
      high[axis] = std::max(high[axis], at[axis]);
    }
  }
};

struct Grid {
  Index size{};
  std::array<double, 3> spacing_mm{};

  explicit Grid(const Labels& labels) {
    for (unsigned axis = 0; axis < 3; ++axis) {
      size[axis] = labels.GetLargestPossibleRegion().GetSize(axis);
      spacing_mm[axis] = labels.GetSpacing()[axis];
    }
  }
};

std::span<const std::uint16_t> voxels(const Labels& labels) {
  return {labels.GetBufferPointer(), labels.GetLargestPossibleRegion().GetNumberOfPixels()};
}

/// By label.
std::vector<Found> find_all(const Labels& first, const Labels& second) {
  const Grid grid(first);
  const auto a = voxels(first), b = voxels(second);
  std::vector<Found> all(std::size_t{1} << 16U);
  std::size_t n = 0;
  for (Index at{}; at[2] < grid.size[2]; ++at[2])
    for (at[1] = 0; at[1] < grid.size[1]; ++at[1])
      for (at[0] = 0; at[0] < grid.size[0]; ++at[0], ++n) {
        if ((a[n] | b[n]) == 0) continue;
        if (a[n] != 0) {
          Found& found = all[a[n]];
          ++found.first;
          found.hold(at);
          if (a[n] == b[n]) ++found.common;
        }
        if (b[n] != 0) {
          Found& found = all[b[n]];
          ++found.second;
          found.hold(at);
        }
      }
  return all;
}

Box box_of(const Found& found, const Grid& grid) {
  Box box;
  for (std::size_t axis = 0; axis < 3; ++axis) box.size[axis] = found.high[axis] - found.low[axis] + 1;
  box.spacing_mm = grid.spacing_mm;
  return box;
}

/// 1 where the structure is.
std::vector<std::uint8_t> cut_out(const Labels& labels, std::uint16_t label, const Found& found) {
  const Grid grid(labels);
  const Box box = box_of(found, grid);
  const auto all = voxels(labels);
  std::vector<std::uint8_t> inside(box.voxels());
  std::size_t n = 0;
  for (std::size_t k = 0; k < box.size[2]; ++k)
    for (std::size_t j = 0; j < box.size[1]; ++j) {
      const std::size_t row =
          ((found.low[2] + k) * grid.size[1] + found.low[1] + j) * grid.size[0] + found.low[0];
      for (std::size_t i = 0; i < box.size[0]; ++i, ++n) inside[n] = all[row + i] == label ? 1 : 0;
    }
  return inside;
}

/// The voxels that have a face on what is not the structure; outside the box nothing is.
std::vector<std::uint8_t> surface_of(const std::vector<std::uint8_t>& inside, const Box& box) {
  const Index strides{1, box.size[0], box.size[0] * box.size[1]};
  std::vector<std::uint8_t> surface(inside.size());
  std::size_t n = 0;
  for (Index at{}; at[2] < box.size[2]; ++at[2])
    for (at[1] = 0; at[1] < box.size[1]; ++at[1])
      for (at[0] = 0; at[0] < box.size[0]; ++at[0], ++n) {
        if (inside[n] == 0) continue;
        for (std::size_t axis = 0; axis < 3 && surface[n] == 0; ++axis) {
          const bool free_below = at[axis] == 0 || inside[n - strides[axis]] == 0;
          const bool free_above = at[axis] + 1 == box.size[axis] || inside[n + strides[axis]] == 0;
          surface[n] = free_below || free_above ? 1 : 0;
        }
      }
  return surface;
}

/// From each voxel of one surface to the other, in mm, ascending.
std::vector<double> distances(const std::vector<std::uint8_t>& from,
                              const std::vector<std::uint8_t>& to,
                              const Box& box) {
  const auto squared = squared_distances(to, box);
  std::vector<double> all;
  for (std::size_t n = 0; n < from.size(); ++n)
    if (from[n] != 0) all.push_back(std::sqrt(static_cast<double>(squared[n])));
  std::sort(all.begin(), all.end());
  return all;
}

double percentile(const std::vector<double>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

SurfaceDistance between(const std::vector<double>& there, const std::vector<double>& back) {
  double sum = 0.0;
  for (const auto* way : {&there, &back})
    for (const double distance_mm : *way) sum += distance_mm;
  return {sum / static_cast<double>(there.size() + back.size()),
          std::max(percentile(there, 0.95), percentile(back, 0.95)),
          std::max(there.back(), back.back())};
}

}  // namespace

std::vector<StructureAgreement> compare(const Labels& first, const Labels& second, Context& context) {
  require_same_grid(first, second, "the two label maps");
  std::vector<StructureAgreement> all;
  const auto everything = find_all(first, second);
  for (std::size_t n = 1; n < everything.size(); ++n) {
    const Found& found = everything[n];
    if (found.first + found.second == 0) continue;
    const auto label = static_cast<std::uint16_t>(n);
    context.throw_if_cancelled();
    StructureAgreement one{label, found.first, found.second, found.common, 0.0, std::nullopt};
    one.dice = 2.0 * static_cast<double>(found.common) / static_cast<double>(found.first + found.second);
    if (found.first == found.common && found.second == found.common) {
      one.surface.emplace();  // nothing was changed in it, as in most that a reader corrects
    } else if (found.first > 0 && found.second > 0) {
      const Box box = box_of(found, Grid(first));
      const auto a = surface_of(cut_out(first, label, found), box);
      const auto b = surface_of(cut_out(second, label, found), box);
      one.surface = between(distances(a, b, box), distances(b, a, box));
    }
    all.push_back(one);
  }
  return all;
}

}  // namespace ledd::label_agreement
