#include "knee_study.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

double centre_left_mm(const Volume& scan) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  itk::ContinuousIndex<double, 3> middle;
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * static_cast<double>(size[a] - 1);
  return scan.TransformContinuousIndexToPhysicalPoint<double>(middle)[0];
}

}  // namespace

std::vector<std::filesystem::path> knee_models(const Resources& resources) {
  const auto models = resources.share / "models";
  return {models / "knee.onnx", models / "knee-cross.onnx", models / "knee_shape.bin"};
}

std::shared_ptr<const KneeMri> knee_mri_of(const KneeMri::Params& params,
                                           const std::vector<std::filesystem::path>& models) {
  const auto bytes = [&](std::size_t n) { return learned_bytes(models.at(n)); };
  return std::make_shared<const KneeMri>(params, KneeNetworks{bytes(0), bytes(1)}, bytes(2));
}

SideHints side_hints(const dicom::Stack& header) {
  SideHints hints;
  hints.laterality = header.laterality;
  for (const std::string* words :
       {&header.series_description, &header.study_description, &header.protocol, &header.body_part})
    hints.descriptions += *words + " ";
  return hints;
}

KneeStudy knee_study(std::vector<const Volume*> echoes, const dicom::Stack* header) {
  KneeStudy study;
  if (header != nullptr) study.hints = side_hints(*header);
  study.hints.patient_frame = header != nullptr;
  if (!echoes.empty()) study.hints.centre_left_mm = centre_left_mm(*echoes.front());
  study.echoes = std::move(echoes);
  return study;
}

}  // namespace ledd::cases
