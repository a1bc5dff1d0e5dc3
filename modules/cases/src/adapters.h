#pragma once
#include <filesystem>
#include <string>

#include "ledd/cases/pipeline.h"

namespace ledd::cases {

Pipeline bone_hrpqct_pipeline();
Pipeline bone_qct_pipeline(const Resources& resources);
Pipeline knee_mri_pipeline(const Resources& resources);
Pipeline knee_t2_pipeline(const Resources& resources);
Pipeline spine_mri_pipeline(const Resources& resources);

/// The bytes of a network or a shape that comes with Ledd.
/// @throws Error{kParam}  it is not there: no fault of the input, but of the installation or LEDD_SHARE.
std::string learned_bytes(const std::filesystem::path& file);

/// Whether a stack may show a knee: MR, no localizer, and no word that it is another part of the body.
Match match_knee_mr(const dicom::Stack& stack, const std::string& pipeline);
/// Whether it has the slices that knee-mri needs.
Match match_knee_slices(std::size_t slices);
/// Whether knee-mri takes a stack: both of these.
Match match_whole_knee(const dicom::Stack& stack);

}  // namespace ledd::cases
