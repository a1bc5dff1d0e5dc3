#include "threshold_pipeline.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "sided_pipeline.h"

namespace ledd::testing {
namespace {

const EndpointDefinition& volume_definition() {
  static const EndpointDefinition definition{"Vol",
                                             "Volume",
                                             "mm3",
                                             "voxel-count/1",
                                             "Number of voxels times the volume of one.",
                                             "made for tests",
                                             "exact"};
  return definition;
}

void wait(double seconds, Context& context) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - start).count() < seconds) {
    context.throw_if_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Labels::Pointer segment(const Volume& scan, double threshold) {
  auto labels = Labels::New();
  labels->CopyInformation(&scan);
  labels->SetRegions(scan.GetLargestPossibleRegion());
  labels->Allocate();
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool inside = static_cast<double>(scan.GetBufferPointer()[i]) > threshold;
    labels->GetBufferPointer()[i] = inside ? anatomy::kL1 : 0;
    found += inside ? 1 : 0;
  }
  require(found > 0, Errc::kInput, "no voxel is above the threshold");
  return labels;
}

/// Ends the program as a bug would, for one scan.
void crash(const Volume* scan, const Threshold::Params& params) {
  if (scan == nullptr || params.crash_voxels <= 0.0) return;
  const float* first = scan->GetBufferPointer();
  const auto bright = std::count_if(first,
                                    first + scan->GetLargestPossibleRegion().GetNumberOfPixels(),
                                    [&](float v) { return static_cast<double>(v) > params.threshold; });
  if (static_cast<double>(bright) != params.crash_voxels) return;
  if (const char* once = std::getenv("LEDD_TEST_CRASHED"); once != nullptr) {
    if (std::ifstream(once)) return;
    std::ofstream(once) << "x";
  }
  std::raise(static_cast<int>(params.crash_signal));
}

Labels::Pointer copy(const Labels& labels) {
  auto result = Labels::New();
  result->CopyInformation(&labels);
  result->SetRegions(labels.GetLargestPossibleRegion());
  result->Allocate();
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              result->GetBufferPointer());
  return result;
}

Outcome measure(Labels::Pointer labels) {
  Outcome outcome;
  std::map<std::uint16_t, std::size_t> voxels;
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t i = 0; i < count; ++i)
    if (labels->GetBufferPointer()[i] != 0) ++voxels[labels->GetBufferPointer()[i]];
  const auto spacing = labels->GetSpacing();
  for (const auto& [id, n] : voxels)
    outcome.measurements.push_back(measured(anatomy::short_name(id),
                                            volume_definition(),
                                            static_cast<double>(n) * spacing[0] * spacing[1] * spacing[2]));
  Figure figure;
  figure.name = "middle";
  figure.caption = "The middle slice.";
  figure.slice = static_cast<long>(labels->GetLargestPossibleRegion().GetSize(2) / 2);
  outcome.figures.push_back(figure);
  outcome.labels = std::move(labels);
  return outcome;
}

const EndpointDefinition& change_definition() {
  static const EndpointDefinition definition{"Vol_change",
                                             "Change of volume",
                                             "mm3",
                                             "voxel-count/1",
                                             "Volume at follow-up minus volume at baseline.",
                                             "made for tests",
                                             "exact"};
  return definition;
}

/// @throws Error{kInput}  not the same grid.
Outcome change(const cases::VisitInput& baseline, const cases::VisitInput& followup) {
  require_same_grid(*baseline.labels, *followup.labels, "the visits");
  double volumes_mm3[2] = {0.0, 0.0};
  for (const auto& [n, visit] : {std::pair{0, &baseline}, {1, &followup}})
    for (const Measurement& m : measure(copy(*visit->labels)).measurements) volumes_mm3[n] += *m.value;
  Outcome outcome;
  outcome.measurements.push_back(measured("L1", change_definition(), volumes_mm3[1] - volumes_mm3[0]));
  return outcome;
}

/// "series 1 "T1": contrast T1, brightest voxel 539".
std::string describe(const cases::CompanionInput& companion) {
  const float* first = companion.scan->GetBufferPointer();
  const auto count = companion.scan->GetLargestPossibleRegion().GetNumberOfPixels();
  return companion.description + ": " + std::string(cases::name_of(companion.role)) + " " +
         short_name(companion.weighting) + ", brightest voxel " +
         std::to_string(static_cast<int>(*std::max_element(first, first + count)));
}

}  // namespace

const ParamTable<Threshold::Params>& Threshold::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::threshold, "threshold", "1", "Voxels above it are L1.", {0, 1e6})
          .add(&Params::wait_s, "wait_s", "s", "Waits before it segments.", {0, 600})
          .add(&Params::crash_voxels, "crash_voxels", "1", "Crashes on a scan with so many.", {0, 1e6})
          .add(&Params::crash_signal, "crash_signal", "1", "By this signal.", {1, 31});
  return table;
}

cases::Pipeline threshold_pipeline() {
  cases::Pipeline pipeline;
  pipeline.name = "threshold";
  pipeline.summary = "Bright voxels are L1.";
  pipeline.accepts = "Sagittal MR with five slices or more.";
  pipeline.labels_alone = true;
  pipeline.steps = {"wait", "segment", "measure"};
  pipeline.parameters = cases::parameters_of(Threshold::Params::table());
  pipeline.definitions = {volume_definition()};
  pipeline.match_stack = [](const dicom::Stack& stack) {
    return cases::match_sagittal_mr(stack, 5, "threshold");
  };
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    return cases::match_sagittal_image(image, 5, "threshold");
  };
  pipeline.join =
      cases::JoinRule{{{MrContrast::kT2, false}, {MrContrast::kT1, false}, {MrContrast::kStir, true}},
                      [](const dicom::Stack& stack) { return cases::match_counting_mr(stack, "threshold"); },
                      {}};
  pipeline.change = cases::ChangeRule{
      cases::parameters_of(Threshold::Params::table()),
      {change_definition()},
      false,
      [](const ValueMap& given) {
        const auto params = Threshold::Params::table().parse(given);
        return cases::PreparedChange{Threshold::Params::table().dump(params),
                                     [](const auto& baseline, const auto& followup, const auto&, Context&) {
                                       return change(baseline, followup);
                                     }};
      }};
  pipeline.prepare = [](const ValueMap& given) {
    const auto params = Threshold::Params::table().parse(given);
    cases::Prepared prepared{Threshold::Params::table().dump(params), {}};
    prepared.run = [params](const cases::CaseInput& input, Context& context) {
      if (const char* begun = std::getenv("LEDD_TEST_BEGUN"); begun != nullptr)
        std::ofstream(begun, std::ios::app) << "x\n";
      context.stage("wait", [&] {
        wait(params.wait_s, context);
        return 0;
      });
      crash(input.scan, params);
      auto labels = context.stage("segment", [&] {
        return input.labels != nullptr ? copy(*input.labels) : segment(*input.scan, params.threshold);
      });
      Outcome outcome = measure(std::move(labels));
      for (const auto& one : input.companions) outcome.notes.push_back(describe(one));
      return outcome;
    };
    return prepared;
  };
  return pipeline;
}

cases::Registry threshold_registry(const cases::Resources&) {
  return {sided_pipeline(), threshold_pipeline()};
}

}  // namespace ledd::testing
