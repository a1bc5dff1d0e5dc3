#include <array>
#include <string>

#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/phantom_base/dicom_series.h"

#include "tissue.h"

namespace ledd::phantom {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

void add_equipment_and_series(const Params& params, Attributes& out) {
  constexpr std::array<const char*, 5> kNames{"T1", "T2", "STIR", "DIXON W", "DIXON F"};
  const bool axial = params.stack.plane == Plane::kAxial;
  const auto contrast = static_cast<std::size_t>(params.scan.contrast);
  const std::string name = std::string(kNames[contrast]) + (axial ? " AX" : " SAG");
  out.insert(out.end(),
             {{"PatientName", "Phantom^Lumbar"},
              {"PatientID", "LEDD-PHANTOM"},
              {"StudyDescription", "Lumbar spine, digital phantom"},
              {"SeriesNumber", std::to_string(contrast + (axial ? 11 : 1))},
              {"SeriesDescription", name},
              {"ProtocolName", name},
              {"BodyPartExamined", "LSPINE"},
              {"PatientPosition", "HFS"},
              {"ManufacturerModelName", "Digital lumbar phantom"}});
}

void add_acquisition(const Params& params, Attributes& out) {
  const Timing timing = timing_of(params.scan);
  const bool inversion = timing.ti_ms > 0;
  const bool water = params.scan.contrast == Contrast::kWater;
  const bool fat = params.scan.contrast == Contrast::kFat;
  const std::string part = water ? "\\WATER" : fat ? "\\FAT" : "";
  out.insert(out.end(),
             {{"ImageType", "ORIGINAL\\PRIMARY\\OTHER" + part},
              {"ScanningSequence",
               inversion        ? "SE\\IR"
               : timing.density ? "GR"
                                : "SE"},
              {"SequenceVariant", "NONE"},
              {"ScanOptions", ""},
              {"MRAcquisitionType", "2D"},
              {"RepetitionTime", decimal(timing.tr_ms)},
              {"EchoTime", decimal(timing.te_ms)},
              {"EchoTrainLength", "1"},
              {"EchoNumbers", "1"},
              {"FlipAngle", timing.density ? "3" : "90"},
              {"MagneticFieldStrength", "1.5"},
              {"ImagingFrequency", "63.87"},
              {"ReceiveCoilName", "Spine"}});
  if (inversion) out.emplace_back("InversionTime", decimal(timing.ti_ms));
}

}  // namespace

void write_dicom(const LumbarPhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder) {
  DicomSeries series;
  series.person = text_of(params.spine) + (params.muscle.drawn ? text_of(params.muscle) : std::string());
  series.content = text_of(params);
  series.thickness_mm = params.stack.thickness_mm;
  series.pitch_mm = params.stack.pitch_mm;
  add_equipment_and_series(params, series.attributes);
  add_acquisition(params, series.attributes);
  write_dicom_series(*result.image, series, folder);
}

}  // namespace ledd::phantom
