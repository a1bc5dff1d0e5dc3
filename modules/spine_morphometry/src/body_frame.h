#pragma once
#include <vector>

#include "ledd/spine_morphometry/spine_result.h"

#include "boundary.h"
#include "robust_fit.h"

namespace ledd::spine {

using Frame = SpineResult::Frame;

/// A boundary point in a body's frame.
struct LocalPoint {
  double u_mm = 0.0;  ///< Toward posterior.
  double w_mm = 0.0;  ///< Toward left.
  double z_mm = 0.0;  ///< Toward superior.
  Point outward{};    ///< In the frame: u, w, z.
  int slice = 0;
  long terrace = 0;
  bool across = false;
};
std::vector<LocalPoint> to_local(const std::vector<BoundaryPoint>& points, const Frame& frame);
Point to_lps(const Frame& frame, double u_mm, double w_mm, double z_mm);

/// A body's frame, its rough size, and the planes of its endplates.
struct BodyFrame {
  bool ok = false;
  Frame frame;             ///< Centre: middle between the endplates and the walls, and between the sides.
  double height_mm = 0.0;  ///< Between the endplates at mid-depth.
  double depth_mm = 0.0;   ///< Between the walls at mid-height.
  double width_mm = 0.0;   ///< Between the sides at mid-height and mid-depth.
  Fit superior, inferior;  ///< Rough planes: z = beta0 + beta1 u + beta2 w, mm, in `frame`.
};

/// Whether a body has two endplates to find its axes from, or one (S1).
enum class Shape { kTwoEndplates, kSuperiorOnly };

/// Turns a first guess into the frame that endplates and walls define (see SpineMorphometry). The guess may
/// be off by 35 degrees.
BodyFrame refine_frame(const Surface& surface, const Frame& guess, Shape shape, double in_plane_mm);

}  // namespace ledd::spine
