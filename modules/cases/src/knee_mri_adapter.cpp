#include <algorithm>
#include <memory>

#include "ledd/knee_mri/knee_change.h"
#include "ledd/knee_mri/knee_mri.h"

#include "adapters.h"
#include "knee_study.h"

namespace ledd::cases {
namespace {

constexpr const char* kName = "knee-mri";
KneeStudy study_of(const CaseInput& input) {
  std::vector<const Volume*> echoes;
  if (input.scan != nullptr) echoes.push_back(input.scan);
  for (const CompanionInput& companion : input.companions)
    if (companion.role == SeriesRole::kEcho) echoes.push_back(companion.scan);
  return knee_study(std::move(echoes), input.header);
}

Prepared prepare(const ValueMap& given, const std::vector<std::filesystem::path>& models) {
  const auto& table = KneeMri::Params::table();
  const auto params = table.parse(given);
  const auto pipeline = knee_mri_of(params, models);
  return {table.dump(params), [pipeline](const CaseInput& input, Context& context) {
            const KneeStudy study = study_of(input);
            return input.labels != nullptr ? pipeline->measure(*input.labels, study, context).outcome
                                           : (*pipeline)(study, context).outcome;
          }};
}

std::vector<anatomy::Side> sides_named(const std::vector<std::string>& letters) {
  std::vector<anatomy::Side> sides;
  sides.reserve(letters.size());
  for (const std::string& letter : letters)
    sides.push_back(letter == "R" ? anatomy::Side::kRight : anatomy::Side::kLeft);
  return sides;
}

PreparedChange prepare_change(const ValueMap& given) {
  const auto& table = KneeChange::Params::table();
  const auto params = table.parse(given);
  const auto change = std::make_shared<const KneeChange>(params);
  return {table.dump(params),
          [change](const VisitInput& baseline,
                   const VisitInput& followup,
                   const std::vector<std::string>& only,
                   Context& context) {
            return (*change)({baseline.labels, sides_named(baseline.sides)},
                             {followup.labels, sides_named(followup.sides)},
                             sides_named(only),
                             context)
                .outcome;
          }};
}

}  // namespace

Pipeline knee_mri_pipeline(const Resources& resources) {
  const auto models = knee_models(resources);
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary =
      "Bones, cartilages and menisci of a knee MRI: cartilage thickness, area and volume by region.";
  pipeline.accepts =
      "MR of one knee or both: sagittal slices (3-D DESS, SPGR, SPACE; PD, T1, T2 as far as their resolution "
      "carries), or a 3-D series with fine voxels in all directions. The echoes of one series make one case. "
      "Or "
      "a segmentation of one knee or both, with --labels.";
  pipeline.labels_alone = true;
  pipeline.echoes = Echoes::kTogether;
  pipeline.steps = {"orientation: the sagittal working order; two knees in one view are parted",
                    "segmentation: femur, tibia, patella, their cartilages, menisci",
                    "side: what the header says held against the anatomy; medial and lateral named",
                    "shape: bones and cartilage held against the shapes of manual label volumes",
                    "morphometry: cartilage thickness, areas and volume by region",
                    "menisci: volume, extrusion, coverage of the plate"};
  pipeline.parameters = parameters_of(KneeMri::Params::table());
  pipeline.definitions = KneeMri::definitions();
  pipeline.models = models;
  pipeline.match_stack = match_whole_knee;
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    const auto size = image.GetLargestPossibleRegion().GetSize();
    return match_knee_slices(std::min({size[0], size[1], size[2]}));
  };
  pipeline.change =
      ChangeRule{parameters_of(KneeChange::Params::table()), KneeChange::definitions(), true, prepare_change};
  pipeline.prepare = [models](const ValueMap& given) { return prepare(given, models); };
  return pipeline;
}

}  // namespace ledd::cases
