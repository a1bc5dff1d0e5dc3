#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/pipeline.h"

#include "folder.h"

namespace ledd::testing {

/// A night's work in small: stacks of 40 x 48 x 12 voxels with a bright body on a ramp, measured by
/// threshold_pipeline().
struct Night {
  Folder input, output;

  /// @param bodies  half the height of each case's body, in voxels; 0: nothing is found, the case is set
  ///                aside.
  explicit Night(const std::vector<int>& bodies);
  std::filesystem::path out() const { return output.path(); }
  /// Measured again, as it stands in the folder.
  void run() const;
};

/// Sagittal, 1 mm and 3 mm from slice to slice; i runs to the back, j down, k to the right.
void write_body(const std::filesystem::path& path, int half_height);

}  // namespace ledd::testing
