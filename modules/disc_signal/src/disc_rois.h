#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "ledd/disc_signal/disc_signal.h"
#include "ledd/spine_signal/spine_signal.h"

namespace ledd::disc {

/// A disc's own axes.
struct Frame {
  Point centre_lps_mm{};
  Point superior{0, 0, 1};
  Point posterior{0, 1, 0};
};

/// The voxels of a disc by what they are taken for, in its middle slices.
struct Rois {
  Frame frame;
  int middle_slice = 0;
  std::size_t slices = 0;
  double pixels_high = 0.0;  ///< Height in the middle, in pixels.
  std::vector<spine_signal::Offset> nucleus, annulus, all;
};

/// Frame from the bodies above and below where either is measured; else the principal axes of the disc's
/// own label within the slices.
Rois rois_of(const Labels& labels,
             const SpineResult& spine,
             std::uint16_t disc_id,
             const DiscSignal::Params& params);

/// mean(Ha, Hm, Hp) of the disc, between the endplate contours of its neighbours, over the mean of their Hm
/// (of S1: none). Empty unless both neighbours are measured.
std::optional<double> disc_height_index(const SpineResult& spine, std::uint16_t disc_id);

}  // namespace ledd::disc
