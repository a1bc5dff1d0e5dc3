#pragma once
#include "ledd/cases/pipeline.h"

namespace ledd::testing {

/// A pipeline for tests: voxels above a threshold become L1, whose volume is measured; a given segmentation
/// is measured instead. It can wait, so that a test can interrupt it.
struct Threshold {
  struct Params {
    double threshold = 50.0;  ///< Voxels above it are L1.
    double wait_s = 0.0;      ///< Waits in steps that look for a request to stop.
    static const ParamTable<Params>& table();
  };
};

cases::Pipeline threshold_pipeline();

/// A registry with threshold_pipeline() and sided_pipeline().
cases::Registry threshold_registry(const cases::Resources& resources);

}  // namespace ledd::testing
