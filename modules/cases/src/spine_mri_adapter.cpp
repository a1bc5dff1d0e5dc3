#include <memory>

#include "ledd/spine_mri/spine_mri.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

constexpr std::size_t kFewestSlices = 5;
constexpr const char* kName = "spine-mri";

SpineStudy study_of(const CaseInput& input) {
  SpineStudy study{{input.scan, input.weighting, "the scan"}, {}, {}, {}};
  for (const CompanionInput& companion : input.companions) {
    auto& group = companion.role == SeriesRole::kCounting ? study.counting
                  : companion.role == SeriesRole::kAxial  ? study.axial
                                                          : study.contrasts;
    group.push_back({companion.scan, companion.weighting, companion.description});
  }
  return study;
}

Prepared prepare(const ValueMap& given, const std::filesystem::path& weights) {
  const auto& table = SpineMri::Params::table();
  const auto params = table.parse(given);
  const auto pipeline = std::make_shared<const SpineMri>(params, learned_bytes(weights));
  return {table.dump(params), [pipeline](const CaseInput& input, Context& context) {
            const SpineStudy study = study_of(input);
            return input.labels != nullptr ? pipeline->measure(*input.labels, study, context).outcome
                                           : (*pipeline)(study, context).outcome;
          }};
}

/// T2 shows bodies, discs and the dural sac at once; what is fat suppressed shows marrow worst.
JoinRule join_rule() {
  return {{{MrContrast::kT2, false},
           {MrContrast::kT1, false},
           {MrContrast::kStir, true},
           {MrContrast::kT2, true},
           {MrContrast::kWater, true},
           {MrContrast::kPd, false},
           {MrContrast::kPd, true},
           {MrContrast::kT1, true},
           {MrContrast::kFat, false}},
          [](const dicom::Stack& stack) { return match_counting_mr(stack, kName); },
          [](const dicom::Stack& stack) { return match_axial_mr(stack, kName); }};
}

}  // namespace

Pipeline spine_mri_pipeline(const Resources& resources) {
  const auto weights = resources.share / "models" / "spine.onnx";
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary =
      "Vertebral bodies, discs and dural sac of a sagittal spine MRI: levels, shape, alignment, canal, "
      "signal.";
  pipeline.accepts =
      "MR, slices within 30 degrees of sagittal, at least 5 of them; T1, T2, STIR or water. The series of a "
      "study that show the same region in the same frame of reference make one case: segmented is the T2, "
      "else the T1, else the STIR. Axial T2, T1 or water-fat series of the study are measured beside it. Or "
      "a segmentation of vertebral bodies, with --labels.";
  pipeline.labels_alone = true;
  pipeline.steps = {
      "bias: even out the coil's fall-off",
      "segmentation: vertebral bodies and discs one by one, dural sac",
      "levels: names counted up from S1, with their probability",
      "morphometry: heights, depth, area, lordosis of the bodies",
      "discs: heights by the field's definitions, volume, slip",
      "sac: the dural sac between the bodies' posterior walls and the arches",
      "canal: its front-to-back diameter at bodies and discs",
      "deformity: grade after Genant against the norm of each level",
      "alignment: lateral curves, kyphosis, sacral slope, shape of the last lumbar body",
      "contrasts: other series of the study brought onto the scan",
      "axial_sac, muscles: canal and muscles at the discs on axial series of the study",
      "disc_signal, vbq, modic, axspa: signal of discs and marrow, as far as the weightings allow"};
  pipeline.parameters = parameters_of(SpineMri::Params::table());
  pipeline.definitions = SpineMri::definitions();
  pipeline.models = {weights};
  pipeline.match_stack = [](const dicom::Stack& stack) {
    return match_sagittal_mr(stack, kFewestSlices, kName);
  };
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    return match_sagittal_image(image, kFewestSlices, kName);
  };
  pipeline.join = join_rule();
  pipeline.prepare = [weights](const ValueMap& given) { return prepare(given, weights); };
  return pipeline;
}

}  // namespace ledd::cases
