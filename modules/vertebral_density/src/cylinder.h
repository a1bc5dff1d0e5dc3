#pragma once
#include <optional>

#include "ledd/image/image.h"
#include "ledd/vertebral_density/vertebral_density.h"

namespace ledd::vertebral_density {

/// Place in a body's own frame: left, posterior, superior of its centre, mm.
Point in_frame(const SpineResult::Frame& frame, const Point& p_lps_mm);
Point from_frame(const SpineResult::Frame& frame, const Point& p_mm);

/// Whether a place in the frame lies within; the cylinder's own centre is on the frame's posterior axis.
bool holds(const VertebralDensityResult::Cylinder& cylinder,
           const SpineResult::Frame& frame,
           const Point& p_lps_mm);

/// The largest that fits, whose surface lies at least `params.erosion_mm` deep everywhere.
std::optional<VertebralDensityResult::Cylinder> largest_cylinder(const Volume& depth_mm,
                                                                 const SpineResult::Frame& frame,
                                                                 double body_depth_mm,
                                                                 const VertebralDensity::Params& params);

}  // namespace ledd::vertebral_density
