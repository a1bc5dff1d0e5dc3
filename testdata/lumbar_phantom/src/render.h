#pragma once
#include <array>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/lumbar_phantom/params.h"

#include "scene.h"

namespace ledd::phantom {

/// Direction cosines and origin of the stack, LPS.
struct StackGeometry {
  Vec row;     ///< Along increasing column: posterior when not oblique; axial: left.
  Vec column;  ///< Along increasing row: inferior; axial: posterior.
  Vec normal;  ///< row x column: right; axial: superior.
  Vec origin;  ///< Centre of the first pixel of the first slice.
};
StackGeometry stack_geometry(const StackParams& params);

struct Rendered {
  Volume::Pointer image;
  Labels::Pointer labels;
};
/// The truth alone, which takes a fraction of the time.
Labels::Pointer render_labels(const Scene& scene, const Params& params, Context& context);
Rendered render(const Scene& scene, const Params& params, Context& context);

}  // namespace ledd::phantom
