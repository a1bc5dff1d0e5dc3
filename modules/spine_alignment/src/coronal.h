#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "ledd/spine_alignment/spine_alignment.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::alignment {

using spine::add, spine::cross, spine::dot, spine::norm, spine::sub, spine::unit;

inline constexpr double kDegPerRad = 180.0 / 3.14159265358979323846;

/// How the slices of a label map lie, and how many hold each body.
struct Extent {
  struct Body {
    long first = 0, last = 0;  ///< Slice indices.
  };
  std::map<std::uint16_t, Body> bodies;
  long first = 0, last = 0;  ///< Of the stack.
  double pitch_mm = 0.0;     ///< Between slices.
  double pixel_mm = 0.0;     ///< Larger spacing within a slice.

  int slices(std::uint16_t id) const;
  double width_mm(std::uint16_t id) const { return slices(id) * pitch_mm; }
  bool touches_end(std::uint16_t id) const;
};
Extent extent_of(const Labels& labels);

/// Axes of the whole spine: superior from the last to the first body's centre, left the mean of the bodies'.
SpineResult::Frame axes_of(const std::vector<SpineResult::Body>& bodies);

/// Coronal slopes of all bodies but S1.
std::vector<AlignmentResult::Coronal> coronal_of(const std::vector<SpineResult::Body>& bodies,
                                                 const SpineResult::Frame& axes,
                                                 const Extent& extent,
                                                 const SpineAlignment::Params& params);

/// SD of the bodies' turn about the long axis, over the root of their number: how well the plane itself is
/// known.
double plane_se_deg(const std::vector<SpineResult::Body>& bodies, const SpineResult::Frame& axes);

}  // namespace ledd::alignment
