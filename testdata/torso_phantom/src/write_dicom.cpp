#include "ledd/phantom_base/dicom_series.h"
#include "ledd/torso_phantom/torso_phantom.h"

namespace ledd::torso_phantom {

void write_dicom(const TorsoPhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder) {
  using phantom::decimal;
  const ScanParams& scan = params.scan;
  phantom::DicomSeries series;
  series.ct = true;
  series.intercept = -1024.0;
  series.person = "torso\n" + phantom::text_of(params.spine) + phantom::text_of(params.body);
  series.content = "torso\n" + phantom::text_of(params);
  series.thickness_mm = scan.thickness_mm > 0 ? scan.thickness_mm : scan.pitch_mm;
  series.pitch_mm = scan.pitch_mm;
  if (scan.missing_slice > 0) series.left_out = static_cast<std::size_t>(scan.missing_slice) - 1;
  const bool hip = scan.region == Region::kHip, spine = scan.region == Region::kSpine;
  const std::string name = hip ? "HIP" : spine ? "LSPINE" : "ABDOMENPELVIS";
  const double field_mm = scan.field_mm > 0 ? scan.field_mm : scan.pixel_mm * scan.columns;
  series.attributes = {{"PatientName", "Phantom^Torso"},
                       {"PatientID", "LEDD-TORSO-PHANTOM"},
                       {"StudyDescription", "Trunk, digital phantom"},
                       {"SeriesNumber", "2"},
                       {"SeriesDescription", name + " CT"},
                       {"ProtocolName", name + " CT"},
                       {"BodyPartExamined", name},
                       {"PatientPosition", "HFS"},
                       {"ManufacturerModelName", "Digital torso phantom"},
                       {"ImageType", "ORIGINAL\\PRIMARY\\AXIAL"},
                       {"ScanOptions", "HELICAL MODE"},
                       {"XRayTubeCurrent", "200"},
                       {"ReconstructionDiameter", decimal(field_mm)},
                       {"ConvolutionKernel", scan.kernel == Kernel::kSharp ? "SHARP" : "STANDARD"},
                       {"TableHeight", "150"},
                       {"GantryDetectorTilt", "0"}};
  if (scan.kvp_tag) series.attributes.emplace_back("KVP", decimal(scan.kvp));
  if (params.body.contrast) series.attributes.emplace_back("ContrastBolusAgent", "Iohexol");
  phantom::write_dicom_series(*result.scan, series, folder);
}

}  // namespace ledd::torso_phantom
