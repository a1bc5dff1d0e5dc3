#include "ledd/knee_mri/knee_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "ledd/core/error.h"

#include "doubts.h"
#include "pictures.h"
#include "placing.h"

namespace ledd {
namespace {

/// Regions whose change a reader sees first.
constexpr std::array<const char*, 5> kShown{"MT", "LT", "cMF", "cLF", "P"};

double slice_mm(const Labels& labels) {
  const auto spacing = labels.GetSpacing();
  return std::max({spacing[0], spacing[1], spacing[2]});
}

CartilageResult measured(const CartilageMorphometry& morphometry,
                         const KneeVisit& visit,
                         const char* name,
                         Context& context) {
  require(visit.labels != nullptr, Errc::kInput, fmt::format("the {} has no segmentation", name));
  try {
    return context.stage(name, [&] { return morphometry(*visit.labels, {}, visit.side, context); });
  } catch (const Error& e) {
    throw e.within(name);
  }
}

std::vector<SummaryLine> summary_of(const std::vector<Measurement>& measurements) {
  std::vector<SummaryLine> lines;
  for (const Measurement& m : measurements) {
    const bool shown = std::find(kShown.begin(), kShown.end(), m.region) != kShown.end();
    if (m.endpoint != "ThCtAB_change" || !m.value || !shown) continue;
    lines.push_back(
        {"Change",
         fmt::format("{}: {:+.2f} mm of cartilage thickness", m.region, *m.value),
         m.quality == Quality::kGood || m.inherent ? SummaryLine::Tone::kPlain : SummaryLine::Tone::kDoubt});
  }
  return lines;
}

}  // namespace

const ParamTable<KneeChange::Params>& KneeChange::Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::morphometry, "morphometry")
                                .nest(&Params::followup, "followup")
                                .add(&Params::max_slice_mm,
                                     "max_slice_mm",
                                     "mm",
                                     "Slices farther apart, at either visit, make every change uncertain.",
                                     {0.3, 5});
  return table;
}

KneeChange::KneeChange(const Params& params)
    : params_(params), morphometry_(params.morphometry), followup_(params.followup) {
  Params::table().validate(params_);
}

KneeChange::Result KneeChange::operator()(const KneeVisit& baseline,
                                          const KneeVisit& followup,
                                          Context& context) const {
  const auto before = measured(morphometry_, baseline, "baseline", context);
  const auto after = measured(morphometry_, followup, "follow-up", context);
  Result result;
  result.followup = context.stage("registration", [&] { return followup_(before, after, context); });
  Outcome& outcome = result.outcome;
  outcome.measurements = measurements(result.followup);
  knee_mri::limit_by_slices(outcome.measurements,
                            std::max(slice_mm(*baseline.labels), slice_mm(*followup.labels)),
                            params_.max_slice_mm);
  outcome.labels = knee_mri::empty_labels(*baseline.labels);
  knee_mri::place(*baseline.labels, *outcome.labels);
  knee_mri::add_change_pictures(before, result.followup, outcome);
  outcome.summary = summary_of(outcome.measurements);
  for (const auto& bone : result.followup.bones)
    if (!bone.refusal.empty()) outcome.notes.push_back(bone.refusal + ".");
  outcome.notes.emplace_back(
      "Both visits were measured from their label maps, and over the bone area of the baseline; what is bare "
      "there at follow-up counts as 0.");
  return result;
}

}  // namespace ledd
