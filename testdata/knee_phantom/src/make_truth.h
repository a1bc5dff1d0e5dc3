#pragma once
#include "ledd/knee_phantom/knee_phantom.h"

#include "leg.h"

namespace ledd::knee_phantom {

Truth make_truth(const Scene& scene, const Params& params);

}  // namespace ledd::knee_phantom
