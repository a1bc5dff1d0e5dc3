#pragma once
#include "scene.h"

namespace ledd::torso_phantom {

/// @param low_mm, high_mm  LPS z of the scan's lower and upper border.
Truth make_truth(const Scene& scene, double low_mm, double high_mm);

}  // namespace ledd::torso_phantom
