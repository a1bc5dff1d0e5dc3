#pragma once
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

#include "calibrate.h"

namespace ledd::bone_qct {

/// Calibration, mean vBMD with its category, HU of L1, fractures, levels.
std::vector<SummaryLine> summary_of(const BoneQct::Result& result,
                                    const CalibrationFinding& calibration,
                                    const std::string& level_doubt);

}  // namespace ledd::bone_qct
