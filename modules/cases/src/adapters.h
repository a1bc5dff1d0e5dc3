#pragma once
#include "ledd/cases/pipeline.h"

namespace ledd::cases {

Pipeline knee_t2_pipeline();
Pipeline spine_mri_pipeline(const Resources& resources);

}  // namespace ledd::cases
