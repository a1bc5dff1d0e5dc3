#pragma once
#include "ledd/cases/pipeline.h"

namespace ledd::testing {

/// Takes series that speak of a KNEE. Bright voxels are L1; rows carry the side that Laterality states. Of B
/// the first half of the slices is the right one, the other the left one. Its visits can be compared.
cases::Pipeline sided_pipeline();

}  // namespace ledd::testing
