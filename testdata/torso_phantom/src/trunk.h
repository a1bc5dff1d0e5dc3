#pragma once
#include "anatomy_parts.h"

namespace ledd::torso_phantom {

/// The outline of trunk and thighs, and what fills it: skin, fat, muscle, the fat of the cavity.
class Trunk {
 public:
  explicit Trunk(const Frame& frame);
  double skin_mm(const Vec& p) const;  ///< < 0 inside the person.
  double paint(const Vec& p, double hu, double blur_mm) const;

 private:
  double cavity_mm(const Vec& p) const;
  Vec thigh_;  ///< Middle of the left one at the height of the head.
  double width_scale_, fat_mm_;
};

}  // namespace ledd::torso_phantom
