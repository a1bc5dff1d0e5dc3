#pragma once
#include "ledd/cases/pipeline.h"

namespace ledd::testing {

/// A pipeline for tests: voxels above a threshold become L1, whose volume is measured; a given segmentation
/// is measured instead. It can wait, so that a test can interrupt it, and crash: once, when LEDD_TEST_CRASHED
/// names a file, which is made then.
struct Threshold {
  struct Params {
    double threshold = 50.0;  ///< Voxels above it are L1.
    double wait_s = 0.0;      ///< Waits in steps that look for a request to stop.
    double crash_voxels = 0;  ///< A scan with so many voxels above the threshold kills the program; 0: none.
    double crash_signal = 11;
    static const ParamTable<Params>& table();
  };
};

cases::Pipeline threshold_pipeline();

/// A registry with threshold_pipeline() and sided_pipeline().
cases::Registry threshold_registry(const cases::Resources& resources);

}  // namespace ledd::testing
