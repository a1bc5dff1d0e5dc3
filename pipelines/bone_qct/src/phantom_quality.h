#pragma once
#include <vector>

#include "calibrate.h"

namespace ledd::bone_qct {

/// What a calibration phantom tells of the scanner, beside the line.
const std::vector<EndpointDefinition>& phantom_definitions();

/// Empty where no phantom was recognised: there is nothing to measure, and nothing failed.
std::vector<Measurement> phantom_measurements(const CalibrationFinding& finding);

}  // namespace ledd::bone_qct
