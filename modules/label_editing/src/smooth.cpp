#include <fmt/format.h>

#include <cmath>
#include <set>

#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"
#include "ledd/smoothing/smoothing.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

using Box = Labels::RegionType;

/// Calls body(offset in the image, offset in the box) for every voxel of a box.
template <class Body>
void for_each_in(const Box& box, const Labels& labels, Body&& body) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::size_t within = 0;
  for (std::size_t k = 0; k < box.GetSize(2); ++k)
    for (std::size_t j = 0; j < box.GetSize(1); ++j) {
      const std::size_t row = ((static_cast<std::size_t>(box.GetIndex(2)) + k) * size[1] +
                               static_cast<std::size_t>(box.GetIndex(1)) + j) *
                                  size[0] +
                              static_cast<std::size_t>(box.GetIndex(0));
      for (std::size_t i = 0; i < box.GetSize(0); ++i) body(row + i, within++);
    }
}

Volume::Pointer mask_in(const Box& box, const Labels& labels, std::uint16_t id) {
  auto mask = Volume::New();
  Volume::RegionType region;
  region.SetSize(box.GetSize());
  mask->SetRegions(region);
  mask->SetSpacing(labels.GetSpacing());
  mask->Allocate();
  for_each_in(box, labels, [&](std::size_t n, std::size_t within) {
    mask->GetBufferPointer()[within] = labels.GetBufferPointer()[n] == id ? 1.0F : 0.0F;
  });
  return mask;
}

double length(const Point& v) {
  return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

/// Index steps of `by_mm` along a direction, in quarters of the smallest voxel: no voxel is stepped over.
std::set<std::array<long, 3>> steps_along(const Labels& labels, const Point& toward_lps, double by_mm) {
  double smallest_mm = labels.GetSpacing()[0];
  for (unsigned a = 1; a < 3; ++a) smallest_mm = std::min(smallest_mm, labels.GetSpacing()[a]);
  const int count = static_cast<int>(std::ceil(4.0 * by_mm / smallest_mm));
  std::set<std::array<long, 3>> steps;
  for (int n = 1; n <= count; ++n) {
    std::array<long, 3> step{};
    for (unsigned axis = 0; axis < 3; ++axis) {
      double along = 0.0;
      for (unsigned k = 0; k < 3; ++k) along += labels.GetDirection()(k, axis) * toward_lps[k];
      step[axis] = std::lround(along * by_mm * n / count / labels.GetSpacing()[axis]);
    }
    steps.insert(step);
  }
  steps.erase({0, 0, 0});
  return steps;
}

}  // namespace

Change smooth(const Labels& labels, std::uint16_t id, double sigma_mm) {
  require(sigma_mm >= 0.1 && sigma_mm <= 10.0,
          Errc::kParam,
          fmt::format("smoothing by {} mm; it must lie in [0.1, 10]", sigma_mm));
  itk::Size<3> margin;
  for (unsigned axis = 0; axis < 3; ++axis)
    margin[axis] = static_cast<std::size_t>(std::ceil(4.0 * sigma_mm / labels.GetSpacing()[axis])) + 1;
  const Box box = widened(box_of_label(labels, id), margin, labels);
  const auto blurred = gaussian(*mask_in(box, labels, id), sigma_mm);
  Spans spans(labels);
  for_each_in(box, labels, [&](std::size_t n, std::size_t within) {
    const bool in = blurred->GetBufferPointer()[within] > 0.5F;
    const std::uint16_t there = labels.GetBufferPointer()[n];
    if (there == id && !in) spans.add(n, 0);
    if (there == 0 && in) spans.add(n, id);
  });
  return {"smooth " + words_for(id), spans.take()};
}

Change move_end(const Labels& labels, std::uint16_t id, const Point& toward_lps, double by_mm, Over over) {
  require(std::abs(length(toward_lps) - 1.0) < 1e-6 && by_mm != 0.0 && std::abs(by_mm) <= 10.0,
          Errc::kParam,
          fmt::format("an end moves along a unit vector by at most 10 mm, not by {} mm", by_mm));
  require(over != Over::kOne, Errc::kParam, "an end grows over background or over everything");
  const bool outwards = by_mm > 0.0;
  const auto steps = steps_along(labels, toward_lps, std::abs(by_mm));
  const Box box = box_of_label(labels, id);
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::uint16_t* const voxels = labels.GetBufferPointer();
  Spans spans(labels);
  std::set<std::size_t> taken;
  for (std::size_t k = 0; k < box.GetSize(2); ++k)
    for (std::size_t j = 0; j < box.GetSize(1); ++j)
      for (std::size_t i = 0; i < box.GetSize(0); ++i) {
        const std::array<long, 3> at{box.GetIndex(0) + static_cast<long>(i),
                                     box.GetIndex(1) + static_cast<long>(j),
                                     box.GetIndex(2) + static_cast<long>(k)};
        const auto offset = [&](const std::array<long, 3>& p) -> std::ptrdiff_t {
          for (unsigned a = 0; a < 3; ++a)
            if (p[a] < 0 || p[a] >= static_cast<long>(size[a])) return -1;
          return (p[2] * static_cast<long>(size[1]) + p[1]) * static_cast<long>(size[0]) + p[0];
        };
        const auto here = static_cast<std::size_t>(offset(at));
        if (voxels[here] != id) continue;
        for (const auto& step : steps) {
          const auto there = offset({at[0] + step[0], at[1] + step[1], at[2] + step[2]});
          if (outwards && there >= 0 && voxels[there] != id && may_write(voxels[there], {id, over, 0}) &&
              taken.insert(static_cast<std::size_t>(there)).second)
            spans.add(static_cast<std::size_t>(there), id);
          if (!outwards && (there < 0 || voxels[there] != id)) {
            spans.add(here, 0);
            break;
          }
        }
      }
  Change change{fmt::format("move an end of {} by {:+.1f} mm", words_for(id), by_mm), spans.take()};
  require(outwards || !box_of_label(labels, id).GetNumberOfPixels() ||
              voxels_of(change) <
                  static_cast<std::size_t>(std::count(voxels, voxels + size[0] * size[1] * size[2], id)),
          Errc::kInput,
          "nothing would be left of " + words_for(id));
  return change;
}

}  // namespace ledd::label_editing
