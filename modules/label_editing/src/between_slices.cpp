#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"
#include "ledd/morphology/morphology.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

/// One slice of the box around a structure, as an image one voxel thick, so that distances stay in its plane.
struct Plane {
  std::vector<float> signed_mm;  ///< Negative inside.
  std::vector<bool> inside;
};

class Slices {
 public:
  Slices(const Labels& labels, std::uint16_t id, unsigned axis)
      : labels_(labels),
        id_(id),
        axis_(axis),
        // One voxel more than the outlines reach: they must have an outside everywhere.
        box_(box_of_label(labels, id)) {
    box_.PadByRadius(1);
    for (unsigned a = 0, plane = 0; a < 3; ++a)
      if (a != axis) in_plane_[plane++] = a;
  }

  std::size_t first() const { return static_cast<std::size_t>(box_.GetIndex(axis_) + 1); }
  std::size_t last() const { return first() + box_.GetSize(axis_) - 3; }
  std::size_t pixels() const { return box_.GetSize(in_plane_[0]) * box_.GetSize(in_plane_[1]); }

  /// Offset in the image of one pixel of a slice, or -1 where the box reaches beyond the image.
  std::ptrdiff_t offset(std::size_t slice, std::size_t pixel) const {
    const std::size_t width = box_.GetSize(in_plane_[0]);
    std::array<long, 3> at{};
    at[axis_] = static_cast<long>(slice);
    at[in_plane_[0]] = box_.GetIndex(in_plane_[0]) + static_cast<long>(pixel % width);
    at[in_plane_[1]] = box_.GetIndex(in_plane_[1]) + static_cast<long>(pixel / width);
    const auto size = labels_.GetLargestPossibleRegion().GetSize();
    for (unsigned a = 0; a < 3; ++a)
      if (at[a] < 0 || at[a] >= static_cast<long>(size[a])) return -1;
    return (at[2] * static_cast<long>(size[1]) + at[1]) * static_cast<long>(size[0]) + at[0];
  }

  std::vector<bool> inside(std::size_t slice) const {
    std::vector<bool> in(pixels());
    for (std::size_t pixel = 0; pixel < in.size(); ++pixel) {
      const auto n = offset(slice, pixel);
      in[pixel] = n >= 0 && labels_.GetBufferPointer()[n] == id_;
    }
    return in;
  }

  Plane plane(std::size_t slice) const {
    Plane plane{std::vector<float>(pixels()), inside(slice)};
    const auto within = distance_mm(plane.inside, true), without = distance_mm(plane.inside, false);
    for (std::size_t pixel = 0; pixel < plane.signed_mm.size(); ++pixel)
      plane.signed_mm[pixel] = without[pixel] - within[pixel];
    return plane;
  }

 private:
  /// To the nearest pixel outside, of the pixels inside; or the other way round.
  std::vector<float> distance_mm(const std::vector<bool>& inside, bool of_inside) const {
    auto mask = Mask::New();
    Mask::RegionType region;
    region.SetSize({{box_.GetSize(in_plane_[0]), box_.GetSize(in_plane_[1]), 1}});
    mask->SetRegions(region);
    Mask::SpacingType spacing;
    spacing.Fill(1.0);
    for (unsigned a = 0; a < 2; ++a) spacing[a] = labels_.GetSpacing()[in_plane_[a]];
    mask->SetSpacing(spacing);
    mask->Allocate();
    for (std::size_t n = 0; n < inside.size(); ++n)
      mask->GetBufferPointer()[n] = inside[n] == of_inside ? 0 : 1;
    const auto distance = morphology::distance_mm(*mask);
    return {distance->GetBufferPointer(), distance->GetBufferPointer() + inside.size()};
  }

  const Labels& labels_;
  std::uint16_t id_;
  unsigned axis_;
  Labels::RegionType box_;
  std::array<unsigned, 2> in_plane_{};
};

bool any(const std::vector<bool>& pixels) {
  return std::find(pixels.begin(), pixels.end(), true) != pixels.end();
}

bool overlap(const std::vector<bool>& a, const std::vector<bool>& b) {
  for (std::size_t n = 0; n < a.size(); ++n)
    if (a[n] && b[n]) return true;
  return false;
}

struct Gap {
  std::size_t before, after;  ///< Both drawn.
};

std::vector<Gap> gaps_of(const Slices& slices) {
  std::vector<Gap> gaps;
  std::size_t drawn = slices.first();
  for (std::size_t slice = drawn + 1; slice <= slices.last(); ++slice) {
    if (!any(slices.inside(slice))) continue;
    if (slice > drawn + 1) gaps.push_back({drawn, slice});
    drawn = slice;
  }
  return gaps;
}

void fill(const Labels& labels, const Slices& slices, std::uint16_t id, const Gap& gap, Spans& spans) {
  const Plane before = slices.plane(gap.before), after = slices.plane(gap.after);
  require(overlap(before.inside, after.inside),
          Errc::kInput,
          fmt::format(
              "the outlines in slices {} and {} do not overlap; draw one between", gap.before, gap.after));
  for (std::size_t slice = gap.before + 1; slice < gap.after; ++slice) {
    const auto part = static_cast<float>(slice - gap.before) / static_cast<float>(gap.after - gap.before);
    for (std::size_t pixel = 0; pixel < slices.pixels(); ++pixel) {
      const auto n = slices.offset(slice, pixel);
      if (n < 0) continue;
      const std::uint16_t there = labels.GetBufferPointer()[n];
      if (there != 0 && there != id) continue;
      const bool in = (1.0F - part) * before.signed_mm[pixel] + part * after.signed_mm[pixel] < 0.0F;
      spans.add(static_cast<std::size_t>(n), in ? id : 0);
    }
  }
}

}  // namespace

Change fill_between(const Labels& labels, std::uint16_t id, unsigned axis, std::optional<SliceRange> range) {
  require(id != 0 && axis < 3, Errc::kParam, fmt::format("axis {} or label {} is out of range", axis, id));
  const Slices slices(labels, id, axis);
  std::vector<Gap> gaps;
  if (range) {
    require(range->last > range->first + 1 && range->last < labels.GetLargestPossibleRegion().GetSize(axis),
            Errc::kParam,
            fmt::format("no slice lies between {} and {}", range->first, range->last));
    for (const std::size_t end : {range->first, range->last})
      require(end >= slices.first() && end <= slices.last() && any(slices.inside(end)),
              Errc::kInput,
              fmt::format("slice {} holds no {}", end, words_for(id)));
    gaps.push_back({range->first, range->last});
  } else {
    gaps = gaps_of(slices);
    require(!gaps.empty(), Errc::kInput, "no slice is missing between those that hold " + words_for(id));
  }
  Spans spans(labels);
  for (const Gap& gap : gaps) fill(labels, slices, id, gap, spans);
  return {"fill " + words_for(id) + " between slices", spans.take()};
}

}  // namespace ledd::label_editing
