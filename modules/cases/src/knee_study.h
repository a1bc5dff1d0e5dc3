#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "ledd/cases/pipeline.h"
#include "ledd/dicom/dicom.h"
#include "ledd/knee_mri/knee_mri.h"

namespace ledd::cases {

/// What KneeMri works on. The header speaks of the first echo and may be null; there may be no echo.
KneeStudy knee_study(std::vector<const Volume*> echoes, const dicom::Stack* header);

/// The files that knee-mri learned: networks of sagittal slices and of coronal and axial ones, the bones'
/// shape.
std::vector<std::filesystem::path> knee_models(const Resources& resources);
/// knee-mri with them. @throws Error{kParam}  see learned_bytes().
std::shared_ptr<const KneeMri> knee_mri_of(const KneeMri::Params& params,
                                           const std::vector<std::filesystem::path>& models);

/// What a header tells of the knee's side, but for where the volume lies.
SideHints side_hints(const dicom::Stack& header);

}  // namespace ledd::cases
