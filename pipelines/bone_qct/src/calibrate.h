#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

namespace ledd::bone_qct {

/// How the scan was calibrated.
struct CalibrationFinding {
  DensityScale scale;
  FindCalibrationPhantom::Result rods;  ///< Also where the phantom was refused; empty where none was sought.
  std::optional<CalibrationPhantom> phantom;  ///< Whose rods they are; nothing where none was recognised.
  std::vector<std::string> notes;
  std::string doubt;  ///< Of every density by this line; empty when there is none.
};

/// @param bones  Feet to head, LPS z: where the rods are read; nothing: in the whole scan.
CalibrationFinding calibrate(const BoneQct::Study& study,
                             const BoneQct::Params& params,
                             const std::optional<FindCalibrationPhantom::Range>& bones,
                             Context& context);

/// What the header says against the study's protocol; empty when it says nothing.
std::vector<std::string> off_protocol(const CtProtocol& header, const BoneQct::Protocol& wanted);

const std::vector<EndpointDefinition>& calibration_definitions();
std::vector<Measurement> measurements(const CalibrationFinding& finding);

/// Each rod: density, HU, residual.
std::optional<ReportTable> rod_table(const CalibrationFinding& finding);

}  // namespace ledd::bone_qct
