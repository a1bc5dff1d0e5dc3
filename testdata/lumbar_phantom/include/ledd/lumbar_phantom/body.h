#pragma once
#include <cstdint>

#include "ledd/phantom_base/vec.h"

namespace ledd::phantom {

/// A point in a body's own frame, mm from its centre.
struct Local {
  double u = 0;  ///< Left.
  double v = 0;  ///< Anterior.
  double w = 0;  ///< Superior.
};

/// A vertebral body: a box-like solid with concave endplates and walls and rounded edges.
struct Body {
  std::uint16_t id = 0;  ///< 0 for S2..S4, which carry no label.
  Vec centre;
  Vec left{1, 0, 0}, anterior{0, -1, 0}, superior{0, 0, 1};
  double tilt_deg = 0, coronal_deg = 0;
  double ha_mm = 0, hm_mm = 0, hp_mm = 0;
  double ap_mm = 0, lr_mm = 0;
  double taper = 1.0;  ///< Inferior over superior extent; below 1 in the sacrum.
  double waist_anterior_mm = 1.6, waist_posterior_mm = 0.9, waist_lateral_mm = 2.6;
  double rounding_mm = 1.6;
  double spacing_below_mm = 0;  ///< From centre to centre of the next, before slip.

  Local local(const Vec& p) const;
  Vec world(const Local& q) const;
  /// Half the distance between the endplate surfaces at (u, v).
  double half_height_mm(double u, double v) const;
  /// Cross-section: 1 on the wall, below 1 inside. `z` is the height as a fraction of half_height_mm.
  double section(double u, double v, double z) const;
  /// About the signed distance to the surface, mm, negative inside; its zero is the surface.
  double distance_mm(const Local& q) const;

  Vec corner(bool anterior_side, bool superior_side) const;
  Vec middle(bool superior_side) const;
  double ap_middle_mm() const { return ap_mm * 0.5 * (1.0 + taper) - waist_anterior_mm - waist_posterior_mm; }
};

}  // namespace ledd::phantom
