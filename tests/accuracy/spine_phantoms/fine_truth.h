#pragma once
#include <cstdint>
#include <map>

#include "ledd/core/context.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace ledd {

/// What the phantom's truth has no formula for, read from the same person drawn on cubes of `voxel_mm`.
struct FineTruth {
  std::map<std::uint16_t, double> volume_cm3;  ///< By label, bodies and discs.
  std::map<std::uint16_t, double> width_mm;    ///< LR_width of bodies.
};

FineTruth fine_truth(const phantom::Params& params, double voxel_mm, Context& context);

}  // namespace ledd
