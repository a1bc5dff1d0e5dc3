#include <fmt/format.h>

#include "ledd/knee_phantom/knee_phantom.h"
#include "ledd/phantom_base/dicom_series.h"

#include "tissue.h"

namespace ledd::knee_phantom {
namespace {

using phantom::decimal;

/// What of the parameters is the person: another scan of it shares study and frame of reference.
std::string person_text(const Params& params) {
  return "knee\n" + phantom::text_of(params.knee);
}

void describe(const Params& params, std::size_t echo, double te_ms, phantom::DicomSeries& series) {
  const bool dess = params.scan.sequence == Sequence::kDess;
  const bool right = params.knee.side == anatomy::Side::kRight;
  const std::string plane = params.stack.plane == Plane::kCoronal ? " COR" : " SAG";
  const std::string name = (dess ? "DESS WE" : "T2 MAP") + plane;
  auto& out = series.attributes;
  out = {{"PatientName", "Phantom^Knee"},
         {"PatientID", "LEDD-KNEE-PHANTOM"},
         {"StudyDescription", "Knee, digital phantom"},
         {"SeriesNumber", dess ? "1" : "11"},
         {"SeriesDescription", name},
         {"ProtocolName", name},
         {"BodyPartExamined", "KNEE"},
         {"PatientPosition", "HFS"},
         {"ManufacturerModelName", "Digital knee phantom"},
         {"ImageType", "ORIGINAL\\PRIMARY\\OTHER"},
         {"ScanningSequence", dess ? "GR" : "SE"},
         {"SequenceVariant", dess ? "SS" : "NONE"},
         {"ScanOptions", ""},
         {"MRAcquisitionType", dess ? "3D" : "2D"},
         {"RepetitionTime", decimal(dess ? kDessTrMs : kSpinEchoTrMs)},
         {"EchoTime", decimal(te_ms)},
         {"EchoTrainLength", dess ? "1" : std::to_string(params.scan.echoes)},
         {"EchoNumbers", std::to_string(echo + 1)},
         {"FlipAngle", decimal(dess ? kDessFlipDeg : 90.0)},
         {"MagneticFieldStrength", "3"},
         {"ImagingFrequency", "123.2"},
         {"ReceiveCoilName", "Knee"}};
  if (params.knee.both) {
    out.emplace_back("ImageLaterality", "B");
    return;
  }
  // Without a side the tag is there all the same, empty, as scanners write it.
  out.emplace_back("Laterality", params.scan.laterality_tag ? (right ? "R" : "L") : "");
}

}  // namespace

void write_dicom(const KneePhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder) {
  for (std::size_t e = 0; e < result.echoes.size(); ++e) {
    phantom::DicomSeries series;
    series.person = person_text(params);
    series.content = phantom::text_of(params);
    series.part = fmt::format("echo {}\n", e);
    series.first_instance = static_cast<int>(e) * params.stack.slices + 1;
    series.thickness_mm = params.stack.thickness_mm;
    series.pitch_mm = params.stack.pitch_mm;
    describe(params, e, result.echo_times_ms[e], series);
    phantom::write_dicom_series(*result.echoes[e], series, folder / fmt::format("echo{}", e + 1));
  }
}

}  // namespace ledd::knee_phantom
