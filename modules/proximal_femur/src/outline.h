#pragma once
#include <string>

#include "ledd/proximal_femur/proximal_femur.h"

#include "head_sphere.h"

namespace ledd::hip {

/// A femur as distance from its surface, and what was seen on the way.
struct Outline {
  Volume::Pointer distance_mm;  ///< Below 0 inside; on cubes around the hip.
  double muscle_hu = 0.0, level_hu = 0.0;
  double leak_mm3 = 0.0;    ///< Where no femur can be: above the head, or medial of it.
  double dark_share = 0.0;  ///< Of the femur below -250 HU.
  double volume_mm3 = 0.0;
  double lowest_mm = 0.0;  ///< Below the head's centre.
  double cut_mm2 = 0.0;    ///< Of the outline's upper side, at the scan's border.
  bool leaves_box = false;
};

/// @param neck_cos  Of the angle about the neck within which bone may leave the ball.
Outline outline(const Volume& hu,
                const HeadSphere& head,
                anatomy::Side side,
                double neck_cos,
                const ProximalFemur::Params& params);

}  // namespace ledd::hip
