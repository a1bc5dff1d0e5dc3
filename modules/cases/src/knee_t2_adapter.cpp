#include <fmt/format.h>

#include <memory>
#include <optional>

#include "ledd/core/error.h"
#include "ledd/knee_mri/knee_mri.h"
#include "ledd/knee_t2/knee_t2.h"

#include "adapters.h"
#include "knee_labels.h"
#include "knee_study.h"

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

/// What is decided here and not by KneeT2.
struct Choice {
  bool segment = true;
  static const ParamTable<Choice>& table() {
    static const auto table = ParamTable<Choice>().add(
        &Choice::segment,
        "segment",
        "Segment the knee, by knee-mri with its defaults, where no segmentation is given; else maps only.");
    return table;
  }
};

/// The series that is segmented, and what it is to the echoes.
struct Source {
  KneeStudy study;
  std::string name;
  const dicom::Stack* header = nullptr;
  bool is_echoes = false;
};

/// Another series of the study where there is one; the echoes themselves when they are a DESS. Nullopt:
/// CaseInput::no_anatomy.
std::optional<Source> source_of(const CaseInput& input, const KneeT2Study& study, const KneeT2& pipeline) {
  std::vector<const Volume*> scans;
  Source source;
  for (const CompanionInput& companion : input.companions)
    if (companion.role == SeriesRole::kAnatomy) {
      if (scans.empty()) source.name = companion.description, source.header = companion.header;
      scans.push_back(companion.scan);
    }
  if (scans.empty()) {
    if (!pipeline.is_dess(study)) return std::nullopt;
    for (const Echo& echo : study.echoes) scans.push_back(echo.image);
    source.name = "the echoes themselves";
    source.header = input.header;
    source.is_echoes = true;
  }
  source.study = knee_study(std::move(scans), source.header);
  return source;
}

RigidAlignment::Frames frames_of(const dicom::Stack* a, const dicom::Stack* b) {
  using Frames = RigidAlignment::Frames;
  if (a == nullptr || b == nullptr || a->frame_of_reference_uid.empty() || b->frame_of_reference_uid.empty())
    return Frames::kNotStated;
  return a->frame_of_reference_uid == b->frame_of_reference_uid ? Frames::kShared : Frames::kDifferent;
}

/// The labels in the study, and what is said of them.
void use(const Source& source, const KneeLabels& labels, const CaseInput& input, KneeT2Study& study) {
  study.labels = labels.labels;
  study.sub_regions = labels.sub_regions;
  study.side = labels.side;
  study.doubts = labels.doubts;
  if (source.is_echoes) return;
  study.labels_scan = source.study.echoes.front();
  study.frames = frames_of(input.header, source.header);
}

Outcome segment_and_measure(const KneeT2& pipeline,
                            const KneeMri& knee_mri,
                            const CaseInput& input,
                            Context& context) {
  KneeT2Study study = study_of(input);
  const auto source = source_of(input, study, pipeline);
  if (!source) {
    study.no_labels = input.no_anatomy;
    return pipeline(study, context).outcome;
  }
  KneeLabels labels = segment_knee(knee_mri, source->study, context);
  if (labels.refusal.empty() && input.header != nullptr) labels.refusal = other_side(labels, *input.header);
  if (labels.refusal.empty()) {
    use(*source, labels, input, study);
  } else {
    study.no_labels = fmt::format("knee-mri refuses {}: {}", source->name, labels.refusal);
    study.labels_refused = true;
  }
  Outcome outcome = pipeline(study, context).outcome;
  if (study.labels != nullptr)
    labels.notes.insert(labels.notes.begin(), "knee-mri made the segmentation from " + source->name + ".");
  outcome.notes.insert(outcome.notes.begin(), labels.notes.begin(), labels.notes.end());
  return outcome;
}

/// Thickness is not reported here: its second definition would be work for nothing.
std::shared_ptr<const KneeMri> segmenter(const std::vector<std::filesystem::path>& models) {
  KneeMri::Params params;
  params.morphometry.thickness.laplace = false;
  return knee_mri_of(params, models);
}

Prepared prepare(const ValueMap& given, const std::vector<std::filesystem::path>& models) {
  ValueMap own, rest = given;
  for (const auto& field : Choice::table().fields())
    if (auto value = rest.extract(field.info.name)) own.insert(std::move(value));
  const Choice choice = Choice::table().parse(own);
  const auto params = KneeT2::Params::table().parse(rest);
  const auto pipeline = std::make_shared<const KneeT2>(params);
  const auto knee_mri = choice.segment ? segmenter(models) : nullptr;
  Prepared prepared{KneeT2::Params::table().dump(params), {}};
  prepared.effective.merge(Choice::table().dump(choice));
  if (!choice.segment) prepared.unused = {SeriesRole::kAnatomy};
  prepared.run = [pipeline, knee_mri](const CaseInput& input, Context& context) {
    if (input.labels != nullptr || knee_mri == nullptr) return (*pipeline)(study_of(input), context).outcome;
    return segment_and_measure(*pipeline, *knee_mri, input, context);
  };
  return prepared;
}

/// A DESS is segmented itself.
AnatomyRule anatomy_rule() {
  return {[](const std::vector<MrWeighting>& echoes) {
            return !(echoes.size() == 2 && echoes.back().echo_time_ms && echoes.back().repetition_time_ms &&
                     *echoes.back().echo_time_ms >= *echoes.back().repetition_time_ms);
          },
          [](const dicom::Stack& stack, const dicom::Stack& primary) {
            for (const Match& match : {match_whole_knee(stack), match_fine_knee(stack)})
              if (!match.accepted) return match;
            return match_side(stack, primary);
          }};
}

}  // namespace

Pipeline knee_t2_pipeline(const Resources& resources) {
  const auto models = knee_models(resources);
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary =
      "Maps of T2, T1rho or T2* of a knee from a series of echoes, and the values of its cartilage.";
  pipeline.accepts =
      "MR, one series with two or more echoes on the same grid, in any plane: a multi-echo spin or gradient "
      "echo, "
      "a T1rho series whose EchoTime holds the spin-lock times, or both echoes of a DESS. The cartilage is "
      "found by knee-mri: on a DESS itself, else on the series of the study with the thinnest slices, which "
      "is brought onto the echoes. With --labels, in a segmentation of the same knee in the same patient "
      "coordinates, on any grid. Where there is none, maps only.";
  pipeline.labels_on_any_grid = true;
  pipeline.echoes = Echoes::kSeveral;
  pipeline.steps = {
      "orientation, segmentation, side, morphometry, menisci: those of knee-mri, on the DESS itself or on "
      "another series of the study",
      "labels: the segmentation, or a given one, brought onto the echoes' grid",
      "fit: the decay of every voxel, with its standard error and what became of the fit",
      "regions: mean, median, halves and layers of each cartilage plate and its parts"};
  pipeline.parameters = parameters_of(KneeT2::Params::table());
  for (auto& own : parameters_of(Choice::table())) pipeline.parameters.push_back(std::move(own));
  pipeline.definitions = KneeT2::definitions();
  pipeline.match_stack = [](const dicom::Stack& stack) { return match_knee_mr(stack, kName); };
  pipeline.match_image = [](const itk::ImageBase<3>&) {
    return Match{false, fmt::format("an image file states no echo time: {} needs the DICOM series", kName)};
  };
  pipeline.models = models;
  pipeline.anatomy = anatomy_rule();
  pipeline.prepare = [models](const ValueMap& given) { return prepare(given, models); };
  return pipeline;
}

}  // namespace ledd::cases
