#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "ledd/knee_mri/knee_change.h"
#include "ledd/knee_mri/knee_mri.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

constexpr const char* kName = "knee-mri";
constexpr std::size_t kFewestSlices = 8;  // a knee is wider than any eight slices that can be used

Match match_slices(std::size_t slices) {
  if (slices >= kFewestSlices) return {true, ""};
  return {
      false,
      fmt::format("{} slice{}: {} needs at least {}", slices, slices == 1 ? "" : "s", kName, kFewestSlices)};
}

double centre_left_mm(const Volume& scan) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  itk::ContinuousIndex<double, 3> middle;
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * static_cast<double>(size[a] - 1);
  return scan.TransformContinuousIndexToPhysicalPoint<double>(middle)[0];
}

KneeStudy study_of(const CaseInput& input) {
  KneeStudy study;
  if (input.scan != nullptr) {
    study.echoes.push_back(input.scan);
    study.hints.centre_left_mm = centre_left_mm(*input.scan);
  }
  for (const CompanionInput& companion : input.companions)
    if (companion.role == SeriesRole::kEcho) study.echoes.push_back(companion.scan);
  study.hints.patient_frame = input.header != nullptr;
  if (input.header == nullptr) return study;
  const dicom::Stack& header = *input.header;
  study.hints.laterality = header.laterality;
  for (const std::string* words :
       {&header.series_description, &header.study_description, &header.protocol, &header.body_part})
    study.hints.descriptions += *words + " ";
  return study;
}

Prepared prepare(const ValueMap& given, const std::filesystem::path& weights) {
  const auto& table = KneeMri::Params::table();
  const auto params = table.parse(given);
  const auto pipeline = std::make_shared<const KneeMri>(params, network_weights(weights));
  return {table.dump(params), [pipeline](const CaseInput& input, Context& context) {
            const KneeStudy study = study_of(input);
            return input.labels != nullptr ? pipeline->measure(*input.labels, study, context).outcome
                                           : (*pipeline)(study, context).outcome;
          }};
}

std::optional<anatomy::Side> side_named(const std::string& letter) {
  if (letter.empty()) return std::nullopt;
  return letter == "R" ? anatomy::Side::kRight : anatomy::Side::kLeft;
}

PreparedChange prepare_change(const ValueMap& given) {
  const auto& table = KneeChange::Params::table();
  const auto params = table.parse(given);
  const auto change = std::make_shared<const KneeChange>(params);
  return {table.dump(params),
          [change](const VisitInput& baseline, const VisitInput& followup, Context& context) {
            return (*change)({baseline.labels, side_named(baseline.side)},
                             {followup.labels, side_named(followup.side)},
                             context)
                .outcome;
          }};
}

}  // namespace

Pipeline knee_mri_pipeline(const Resources& resources) {
  const auto weights = resources.share / "models" / "knee.onnx";
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary =
      "Bones, cartilages and menisci of a knee MRI: cartilage thickness, area and volume by region.";
  pipeline.accepts =
      "MR of one knee or both: sagittal slices (3-D DESS, SPGR, SPACE; PD, T1, T2 as far as their resolution "
      "carries), or a 3-D series with fine voxels in all directions. The echoes of one series make one case. "
      "Or "
      "a segmentation of one knee, with --labels.";
  pipeline.labels_alone = true;
  pipeline.echoes = Echoes::kTogether;
  pipeline.steps = {"orientation: the sagittal working order; two knees in one view are parted",
                    "segmentation: femur, tibia, patella, their cartilages, menisci",
                    "side: what the header says held against the anatomy; medial and lateral named",
                    "morphometry: cartilage thickness, areas and volume by region",
                    "menisci: volume, extrusion, coverage of the plate"};
  pipeline.parameters = parameters_of(KneeMri::Params::table());
  pipeline.definitions = KneeMri::definitions();
  pipeline.models = {weights};
  pipeline.match_stack = [](const dicom::Stack& stack) {
    const Match match = match_knee_mr(stack, kName);
    return match.accepted ? match_slices(stack.slices.size()) : match;
  };
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    const auto size = image.GetLargestPossibleRegion().GetSize();
    return match_slices(std::min({size[0], size[1], size[2]}));
  };
  pipeline.change =
      ChangeRule{parameters_of(KneeChange::Params::table()), KneeChange::definitions(), prepare_change};
  pipeline.prepare = [weights](const ValueMap& given) { return prepare(given, weights); };
  return pipeline;
}

}  // namespace ledd::cases
