#include "sided_pipeline.h"

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "threshold_pipeline.h"

namespace ledd::testing {
namespace {

/// Volume of what is labelled, of the side's half of the slices when two sides are shown.
double volume_mm3(const Labels& labels, const std::vector<std::string>& shown, const std::string& side) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1], half = slice * (size[2] / 2), all = slice * size[2];
  const bool two = shown.size() > 1;
  double voxels = 0.0;
  for (std::size_t n = two && side == "L" ? half : 0; n < (two && side == "R" ? half : all); ++n)
    voxels += labels.GetBufferPointer()[n] != 0 ? 1.0 : 0.0;
  return voxels * labels.GetSpacing()[0] * labels.GetSpacing()[1] * labels.GetSpacing()[2];
}

std::vector<std::string> sides_by(const std::string& laterality) {
  if (laterality == "B") return {"R", "L"};
  if (laterality.empty()) return {""};
  return {laterality};
}

Outcome measure(const cases::Pipeline& threshold,
                const cases::CaseInput& input,
                const Threshold::Params& params,
                Context& context) {
  Outcome outcome =
      threshold.prepare({{"threshold", params.threshold}, {"wait_s", params.wait_s}}).run(input, context);
  const auto sides = sides_by(input.header == nullptr ? "" : input.header->laterality);
  outcome.measurements.clear();
  for (const std::string& side : sides) {
    outcome.measurements.push_back(
        measured("L1", threshold.definitions.front(), volume_mm3(*outcome.labels, sides, side)));
    outcome.measurements.back().side = side;
  }
  return outcome;
}

Outcome change(const EndpointDefinition& definition,
               const cases::VisitInput& before,
               const cases::VisitInput& after,
               const std::vector<std::string>& only) {
  Outcome outcome;
  const auto shows = [](const std::vector<std::string>& sides, const std::string& side) {
    return std::find(sides.begin(), sides.end(), side) != sides.end();
  };
  for (const std::string side : {"R", "L"}) {
    if (!shows(before.sides, side) || !shows(after.sides, side)) continue;
    if (!only.empty() && !shows(only, side)) continue;
    outcome.measurements.push_back(measured(
        "L1",
        definition,
        volume_mm3(*after.labels, after.sides, side) - volume_mm3(*before.labels, before.sides, side)));
    outcome.measurements.back().side = side;
  }
  require(!outcome.measurements.empty(), Errc::kInput, "no side is shown at both visits");
  return outcome;
}

}  // namespace

cases::Pipeline sided_pipeline() {
  cases::Pipeline pipeline = threshold_pipeline();
  const cases::Pipeline threshold = pipeline;
  pipeline.name = "sided";
  pipeline.join.reset();
  pipeline.match_stack = [](const dicom::Stack& stack) {
    const bool is_knee = stack.series_description.find("KNEE") != std::string::npos;
    return cases::Match{is_knee, is_knee ? "" : "it does not speak of a KNEE"};
  };
  pipeline.change->has_sides = true;
  pipeline.change->prepare = [definition = pipeline.change->definitions.front()](const ValueMap& given) {
    const auto params = Threshold::Params::table().parse(given);
    return cases::PreparedChange{
        Threshold::Params::table().dump(params),
        [definition](const auto& before, const auto& after, const auto& only, Context&) {
          return change(definition, before, after, only);
        }};
  };
  pipeline.prepare = [threshold](const ValueMap& given) {
    const auto params = Threshold::Params::table().parse(given);
    return cases::Prepared{Threshold::Params::table().dump(params),
                           [threshold, params](const cases::CaseInput& input, Context& context) {
                             return measure(threshold, input, params, context);
                           }};
  };
  return pipeline;
}

}  // namespace ledd::testing
