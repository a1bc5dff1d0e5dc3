#include <fmt/format.h>

#include <memory>

#include "ledd/core/error.h"
#include "ledd/knee_t2/knee_t2.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

constexpr const char* kName = "knee-t2";

double time_of(const MrWeighting& weighting, const std::string& which) {
  require(weighting.echo_time_ms.has_value(), Errc::kInput, which + " states no EchoTime (0018,0081)");
  return *weighting.echo_time_ms;
}

KneeT2Study study_of(const CaseInput& input) {
  KneeT2Study study;
  study.echoes.push_back({input.scan, time_of(input.weighting, "the first echo")});
  for (const CompanionInput& companion : input.companions)
    if (companion.role == SeriesRole::kEcho)
      study.echoes.push_back({companion.scan, time_of(companion.weighting, companion.description)});
  study.repetition_ms = input.weighting.repetition_time_ms;
  if (input.header != nullptr) {
    study.flip_deg = input.header->flip_angle_deg;
    study.spoiler_area_g_us_per_cm = input.header->spoiler_area_g_us_per_cm;
    study.spoiler_us = input.header->spoiler_us;
  }
  study.labels = input.labels;
  return study;
}

Prepared prepare(const ValueMap& given) {
  const auto& table = KneeT2::Params::table();
  const auto params = table.parse(given);
  const auto pipeline = std::make_shared<const KneeT2>(params);
  return {table.dump(params), [pipeline](const CaseInput& input, Context& context) {
            return (*pipeline)(study_of(input), context).outcome;
          }};
}

}  // namespace

Pipeline knee_t2_pipeline() {
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary =
      "Maps of T2, T1rho or T2* of a knee from a series of echoes, and the values of its cartilage.";
  pipeline.accepts =
      "MR, one series with two or more echoes on the same grid, in any plane: a multi-echo spin or gradient "
      "echo, "
      "a T1rho series whose EchoTime holds the spin-lock times, or both echoes of a DESS. With --labels, a "
      "segmentation of the same knee in the same patient coordinates, on any grid; without one, maps only.";
  pipeline.labels_on_any_grid = true;
  pipeline.echoes = Echoes::kSeveral;
  pipeline.steps = {"labels: a given segmentation brought onto the echoes' grid",
                    "fit: the decay of every voxel, with its standard error and what became of the fit",
                    "regions: mean, median, halves and layers of each cartilage plate"};
  pipeline.parameters = parameters_of(KneeT2::Params::table());
  pipeline.definitions = KneeT2::definitions();
  pipeline.match_stack = [](const dicom::Stack& stack) { return match_knee_mr(stack, kName); };
  pipeline.match_image = [](const itk::ImageBase<3>&) {
    return Match{false, fmt::format("an image file states no echo time: {} needs the DICOM series", kName)};
  };
  pipeline.prepare = prepare;
  return pipeline;
}

}  // namespace ledd::cases
