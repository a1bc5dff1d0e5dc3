#pragma once
#include <optional>

#include "ledd/mr_weighting/mr_weighting.h"
#include "ledd/spine_signal/csf.h"
#include "ledd/spine_signal/marrow.h"
#include "ledd/spine_signal/regions.h"
#include "ledd/spine_signal/slices.h"
#include "ledd/spine_signal/stats.h"

/// What the measures of signal on spine MRI share: where a voxel lies in its vertebral body, the coil's
/// fall-off taken out of marrow, the signal of CSF at a level, robust statistics, connected lesions.
namespace ledd {

/// How a series was made, as far as its header says.
struct MrSequence {
  MrContrast weighting = MrContrast::kUnknown;
  std::optional<double> tr_ms;
  std::optional<double> te_ms;
  bool contrast_agent = false;  ///< Acquired after a contrast agent was given.
};

}  // namespace ledd
