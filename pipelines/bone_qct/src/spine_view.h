#pragma once
#include "ledd/image/image.h"

namespace ledd::bone_qct {

/// The middle of the trunk as the spine network is used to see it: sagittal slices 3 mm apart, each the mean
/// of three, pixels of 1 mm, HU of -150..300 as 0..255. 140 mm wide, about the median of what is bone.
///
/// The window was chosen by trial on one scan; between six windows the bodies' overlap with masks differed by
/// 0.04, their levels not at all. The network learned from MR alone: the cortex, bright here, is outside what
/// it finds.
/// @throws Error{kInput}  nothing in the scan has the HU of bone.
Volume::Pointer spine_view(const Volume& scan);

}  // namespace ledd::bone_qct
