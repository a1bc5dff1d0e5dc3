#pragma once
#include <string>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"

namespace ledd::bone_qct {

/// Why something in front of the spine looks like a vessel with contrast agent; empty when nothing does.
///
/// Method   In the mid-plane of each measured body, from 3 to 45 mm before its front wall and 40 mm to either
///          side: connected pixels of 2 mm whose HU, mean of 3 x 3, lie in 130..600 (blood without contrast
///          has 30 to 60). A part of 120 mm2 or more, as large as a small aorta, in two bodies, or in the
///          only one.
/// Limits   A filled bowel looks the same; contrast agent long after injection is below 130 HU.
std::string enhanced(const Volume& scan, const SpineResult& spine);

}  // namespace ledd::bone_qct
