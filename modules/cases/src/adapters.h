#pragma once
#include "ledd/cases/pipeline.h"

namespace ledd::cases {

Pipeline spine_mri_pipeline(const Resources& resources);

}  // namespace ledd::cases
