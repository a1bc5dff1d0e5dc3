#include "disc_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ledd/anatomy/anatomy.h"

namespace ledd::disc {
namespace {

using Index = std::array<long, 3>;

constexpr std::size_t kMinVoxels = 20;
constexpr int kMinSlices = 3;
constexpr double kMaxDisagreement = 0.25;  // of the volumes by label and by probability
constexpr double kCutPart = 0.3;  // of a cross-section on the border: above, part of the disc is not there
constexpr double kCutSlicePart = 0.9;   // a disc ends bluntly to the sides: one in a hundred reaches 0.88
constexpr int kSubdivision = 4;         // of a pixel, each way
constexpr double kRoundingPart = 0.29;  // of a voxel: SD of rounding, 1 / sqrt(12)
constexpr double kEndPart = 0.29;       // of a slice: SD of where the disc ends within it

bool is_disc(std::uint16_t id) {
  if (id <= anatomy::kDiscOffset) return false;
  const auto above = static_cast<std::uint16_t>(id - anatomy::kDiscOffset);
  return anatomy::find(id) != nullptr && above >= 1 && above <= anatomy::kT13;
}

unsigned slice_axis(const Labels& labels) {
  unsigned axis = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(labels.GetDirection()(0, a)) > std::abs(labels.GetDirection()(0, axis))) axis = a;
  return axis;
}

/// One disc in its label map, seen slice by slice.
class Slices {
 public:
  Slices(const Labels& labels, std::uint16_t id, const LabelledDisc& labelled)
      : labels_(labels), id_(id), labelled_(labelled), k_(slice_axis(labels)) {
    i_ = k_ == 0 ? 1 : 0;
    j_ = 3 - k_ - i_;
    const auto& region = labels.GetLargestPossibleRegion();
    for (unsigned a = 0; a < 3; ++a) {
      begin_[a] = region.GetIndex(a);
      end_[a] = begin_[a] + static_cast<long>(region.GetSize(a));
    }
  }

  int count() const { return static_cast<int>(labelled_.last[k_] - labelled_.first[k_] + 1); }
  /// What lies on the border of the image, as a part of the greatest parallel cross-section of the disc: near
  /// 1 where it is cut, small where it only comes to an end there. Within the slices, and across them.
  double border_part() const { return std::max(border_part(i_), border_part(j_)); }
  double border_slice_part() const { return border_part(k_); }
  double slice_mm() const { return labels_.GetSpacing()[k_]; }
  double pixel_mm2() const { return labels_.GetSpacing()[i_] * labels_.GetSpacing()[j_]; }

  /// Pixels of one slice, and how many of their edges look out of the disc.
  struct Count {
    double pixels = 0.0, edges = 0.0;
  };
  Count count(long slice) const {
    Count n;
    for_each(slice, 0, [&](const Index& p) {
      if (label(p) != id_) return;
      n.pixels += 1.0;
      for (const unsigned a : {i_, j_})
        for (const long side : {-1L, 1L}) {
          Index q = p;
          q[a] += side;
          if (label(q) != id_) n.edges += 1.0;
        }
    });
    return n;
  }

  /// Area, in pixels, where the probability, interpolated within the slice, is at least a half; only in and
  /// beside labelled pixels, so that a neighbouring disc does not count.
  double soft_pixels(const Volume& probability, long slice) const {
    double pixels = 0.0;
    for_each(slice, 1, [&](const Index& p) {
      if (!counts(p)) return;
      for (int i = 0; i < kSubdivision; ++i)
        for (int j = 0; j < kSubdivision; ++j) {
          const double di = (i + 0.5) / kSubdivision - 0.5;
          const double dj = (j + 0.5) / kSubdivision - 0.5;
          if (interpolated(probability, p, di, dj) >= 0.5) pixels += 1.0 / (kSubdivision * kSubdivision);
        }
    });
    return pixels;
  }

  long first() const { return labelled_.first[k_]; }
  long last() const { return labelled_.last[k_]; }

 private:
  double border_part(unsigned axis) const {
    std::vector<double> sections(static_cast<std::size_t>(labelled_.last[axis] - labelled_.first[axis] + 1));
    for (long k = first(); k <= last(); ++k)
      for_each(k, 0, [&](const Index& p) {
        if (label(p) == id_) sections[static_cast<std::size_t>(p[axis] - labelled_.first[axis])] += 1.0;
      });
    double border = 0.0;
    if (labelled_.first[axis] == begin_[axis]) border = sections.front();
    if (labelled_.last[axis] == end_[axis] - 1) border = std::max(border, sections.back());
    return border / *std::max_element(sections.begin(), sections.end());
  }

  template <class Visit>
  void for_each(long slice, long margin, const Visit& visit) const {
    Index p{};
    p[k_] = slice;
    for (p[j_] = labelled_.first[j_] - margin; p[j_] <= labelled_.last[j_] + margin; ++p[j_])
      for (p[i_] = labelled_.first[i_] - margin; p[i_] <= labelled_.last[i_] + margin; ++p[i_])
        visit(static_cast<const Index&>(p));
  }

  bool inside(const Index& p) const {
    for (unsigned a = 0; a < 3; ++a)
      if (p[a] < begin_[a] || p[a] >= end_[a]) return false;
    return true;
  }
  std::uint16_t label(const Index& p) const {
    return inside(p) ? labels_.GetPixel({{p[0], p[1], p[2]}}) : std::uint16_t{0};
  }
  bool counts(const Index& p) const {
    const auto own = label(p);
    if (own == id_) return true;
    if (own != 0 || !inside(p)) return false;
    for (const unsigned a : {i_, j_})
      for (const long side : {-1L, 1L}) {
        Index q = p;
        q[a] += side;
        if (label(q) == id_) return true;
      }
    return false;
  }

  double interpolated(const Volume& probability, const Index& p, double di, double dj) const {
    const auto value = [&](long si, long sj) {
      Index q = p;
      q[i_] = std::clamp(q[i_] + si, begin_[i_], end_[i_] - 1);
      q[j_] = std::clamp(q[j_] + sj, begin_[j_], end_[j_] - 1);
      const double v = probability.GetPixel({{q[0], q[1], q[2]}});
      return std::isfinite(v) ? v : 0.0;
    };
    const long si = di < 0.0 ? -1 : 1;
    const long sj = dj < 0.0 ? -1 : 1;
    const double a = std::abs(di), b = std::abs(dj);
    return (1 - b) * ((1 - a) * value(0, 0) + a * value(si, 0)) +
           b * ((1 - a) * value(0, sj) + a * value(si, sj));
  }

  const Labels& labels_;
  std::uint16_t id_;
  const LabelledDisc& labelled_;
  unsigned i_ = 0, j_ = 1, k_ = 2;
  Index begin_{}, end_{};
};

std::string unmeasurable(const Slices& slices, const LabelledDisc& labelled) {
  if (labelled.voxels < kMinVoxels)
    return fmt::format("labelled in {} voxels; at least {} are needed", labelled.voxels, kMinVoxels);
  if (slices.border_part() > kCutPart) return "the disc's label is cut by the border of the image";
  if (slices.border_slice_part() > kCutSlicePart) return "the disc's label is cut by the first or last slice";
  if (slices.count() < kMinSlices)
    return fmt::format("labelled in {} sagittal slices; at least {} are needed", slices.count(), kMinSlices);
  return "";
}

/// What must be said of a volume that can be measured; empty if nothing.
std::string doubt(const Slices& slices) {
  if (slices.border_part() > 0.0) return "the disc's label touches the border of the image";
  if (slices.border_slice_part() > 0.0) return "the disc's label reaches the first or last slice";
  return "";
}

/// Volumes by label and, where there is one, by probability; standard error.
struct Sums {
  double label_cm3 = 0.0, soft_cm3 = 0.0, se_cm3 = 0.0;
};

Sums sums_of(const Slices& slices, const Volume* probability) {
  double pixels = 0.0, soft = 0.0, edges = 0.0, ends = 0.0;
  for (long k = slices.first(); k <= slices.last(); ++k) {
    const auto n = slices.count(k);
    pixels += n.pixels;
    edges += n.edges;
    if (k == slices.first() || k == slices.last()) ends += n.pixels * n.pixels;
    if (probability != nullptr) soft += slices.soft_pixels(*probability, k);
  }
  const double cm3 = slices.pixel_mm2() * slices.slice_mm() / 1000.0;
  return {cm3 * pixels,
          cm3 * soft,
          cm3 * std::hypot(kRoundingPart * std::sqrt(edges), kEndPart * std::sqrt(ends))};
}

}  // namespace

std::map<std::uint16_t, LabelledDisc> labelled_discs(const Labels& labels) {
  std::map<std::uint16_t, LabelledDisc> discs;
  const auto& region = labels.GetLargestPossibleRegion();
  const auto* voxel = labels.GetBufferPointer();
  const auto begin = region.GetIndex();
  const auto size = region.GetSize();
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++voxel) {
        if (!is_disc(*voxel)) continue;
        const Index p{begin[0] + static_cast<long>(i),
                      begin[1] + static_cast<long>(j),
                      begin[2] + static_cast<long>(k)};
        LabelledDisc& disc = discs.try_emplace(*voxel, LabelledDisc{p, p, 0}).first->second;
        ++disc.voxels;
        for (unsigned a = 0; a < 3; ++a) {
          disc.first[a] = std::min(disc.first[a], p[a]);
          disc.last[a] = std::max(disc.last[a], p[a]);
        }
      }
  return discs;
}

void measure_volume(const Labels& labels,
                    const Volume* probability,
                    const LabelledDisc& labelled,
                    DiscResult::Disc& disc) {
  const Slices slices(labels, disc.id, labelled);
  disc.volume_reason = unmeasurable(slices, labelled);
  disc.volume_beyond_stack =
      labelled.voxels >= kMinVoxels && slices.border_part() == 0.0 && slices.border_slice_part() > 0.0;
  if (!disc.volume_reason.empty()) return;
  const Sums sums = sums_of(slices, probability);
  disc.volume_reason = doubt(slices);
  disc.volume_quality = disc.volume_reason.empty() ? Quality::kGood : Quality::kUncertain;
  disc.volume_cm3 = DiscResult::Number{probability != nullptr ? sums.soft_cm3 : sums.label_cm3, sums.se_cm3};
  if (probability == nullptr || std::abs(sums.soft_cm3 - sums.label_cm3) <= kMaxDisagreement * sums.label_cm3)
    return;
  // A probability that does not know this disc must not shrink it in silence.
  disc.volume_cm3->value = sums.label_cm3;
  disc.volume_quality = Quality::kUncertain;
  disc.volume_beyond_stack = false;
  disc.volume_reason += disc.volume_reason.empty() ? "" : "; ";
  disc.volume_reason += fmt::format(
      "the probability has its surface elsewhere ({:.1f} cm3); counted from the label", sums.soft_cm3);
}

}  // namespace ledd::disc
