#pragma once
#include "ledd/lumbar_phantom/truth.h"

#include "scene.h"

namespace ledd::phantom {

Truth make_truth(const Scene& scene);

}  // namespace ledd::phantom
