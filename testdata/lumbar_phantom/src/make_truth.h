#pragma once
#include "ledd/lumbar_phantom/truth.h"

#include "scene.h"

namespace ledd::phantom {

Truth make_truth(const Scene& scene);

/// What the middle plane of every slice cuts, on a grid of a third of a pixel.
std::vector<SliceTruth> slice_truth(const Scene& scene, const StackParams& stack);

}  // namespace ledd::phantom
