#pragma once
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"

#include "leg.h"

namespace ledd::knee_phantom {

Labels::Pointer render_labels(const Scene& scene, const Params& params, Context& context);
/// One image an echo.
std::vector<Volume::Pointer> render(const Scene& scene, const Params& params, Context& context);

}  // namespace ledd::knee_phantom
