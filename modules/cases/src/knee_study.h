#pragma once
#include <vector>

#include "ledd/dicom/dicom.h"
#include "ledd/knee_mri/knee_mri.h"

namespace ledd::cases {

/// What KneeMri works on. The header speaks of the first echo and may be null; there may be no echo.
KneeStudy knee_study(std::vector<const Volume*> echoes, const dicom::Stack* header);

/// What a header tells of the knee's side, but for where the volume lies.
SideHints side_hints(const dicom::Stack& header);

}  // namespace ledd::cases
