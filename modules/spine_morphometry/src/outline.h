#pragma once
#include <array>
#include <optional>
#include <vector>

#include "body_frame.h"
#include "robust_fit.h"

namespace ledd::spine {

inline constexpr double kContourPart = 0.90;  // of the half depth: rims and spurs beyond are left out
inline constexpr double kPlanePart = 0.70;    // of the half depth: the centre of an endplate
inline constexpr double kWallPart = 0.70;     // of the half height

/// A body's half sizes; the centre of the frame is the origin.
struct Half {
  double height = 0.0;
  double depth = 0.0;
};

/// Where an endplate lies along the depth; it is longer than the body is deep at its waist.
struct Range {
  double middle = 0.0;
  double half = 1.0;
  double x(double u) const { return (u - middle) / half; }
};

/// A fitted endplate contour.
struct Contour {
  Fit fit;
  Range range;
};

/// A boundary as a function: of the place along the curve for a contour, of the height for a wall, both in
/// half sizes; `w` is the distance from the mid-sagittal plane.
Terms contour_terms(double x, double w);
Terms wall_terms(double y, double w);

/// The terms of a curve within the part it was fitted in; those of its tangent beyond, where a polynomial
/// would run wild.
Terms continued_contour(double x);
Terms continued_wall(double y);

struct Corner {
  double u = 0.0, z = 0.0;
};

/// The outlines of a body near its mid-sagittal plane. S1 has no inferior contour.
struct Outline {
  Half half;
  Contour superior, inferior;
  Fit front, back;
  double contour_z(const Contour& c, double u) const {
    return dot(c.fit.beta, continued_contour(c.range.x(u)));
  }
  double contour_slope(const Contour& c, double u) const {
    constexpr double kStepMm = 0.5;
    return (contour_z(c, u + kStepMm) - contour_z(c, u - kStepMm)) / (2.0 * kStepMm);
  }
  double wall_u(const Fit& fit, double z) const { return dot(fit.beta, continued_wall(z / half.height)); }
};

/// Where a contour and a wall meet; `z_start` says near which endplate.
Corner meet(const Outline& o, const Contour& contour, const Fit& wall, double z_start);

/// Whether a point belongs to the superior (sign 1) or inferior (-1) endplate; rims flare, so walls are near
/// too.
bool on_endplate(const LocalPoint& p, const Half& half, const Range& range, double sign);
/// Whether a point belongs to the posterior (sign 1) or anterior (-1) wall.
bool on_wall(const LocalPoint& p, const Half& half, double sign);

/// Both contours and both walls; nothing with too few points.
std::optional<Outline> outline_of(const std::vector<LocalPoint>& points,
                                  const Half& half,
                                  double half_slab_mm,
                                  double floor_mm);

/// The superior contour of S1 and both walls below it. The origin of `points` lies half.height below the
/// endplate.
std::optional<Outline> s1_outline(const std::vector<LocalPoint>& points,
                                  const Half& half,
                                  double half_slab_mm,
                                  double floor_mm);

/// The plane z = beta0 + beta1 u + beta2 w of the superior (sign 1) or inferior (-1) endplate: its central 70
/// % from corner to corner, up to `half_width_mm` from the mid-sagittal plane. Between the corners and not
/// between the walls, whose middle lies elsewhere: on a hollow endplate that would be a slope.
Fit endplate_plane(const std::vector<LocalPoint>& points,
                   const Outline& o,
                   double sign,
                   double half_width_mm,
                   double floor_mm);

}  // namespace ledd::spine
