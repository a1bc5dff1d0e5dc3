#include "summary.h"

#include <fmt/format.h>

#include "ledd/anatomy/anatomy.h"

namespace ledd::bone_qct {
namespace {

using Tone = SummaryLine::Tone;

SummaryLine calibration_line(const CalibrationFinding& calibration) {
  const auto& line = calibration.scale.line;
  if (!line) return {"Calibration", "none, HU only: " + calibration.scale.refusal, Tone::kDoubt};
  return {
      "Calibration",
      fmt::format(
          "{}, mg {}/cm3, {:.3f} HU for each mg/cm3", line->source, name_of(line->mineral), line->sigma_hu),
      calibration.doubt.empty() ? Tone::kPlain : Tone::kDoubt};
}

SummaryLine mean_line(const LumbarMean& mean) {
  const Estimate& vbmd = mean.vbmd_mg_per_cm3;
  if (!vbmd.value) return {"Density", "mean vBMD not measured: " + vbmd.reason, Tone::kDoubt};
  const char* category = *mean.category == AcrCategory::kNormal ? "above 120, normal"
                         : *mean.category == AcrCategory::kLow  ? "80 to 120, low bone mass"
                                                                : "below 80, osteoporosis";
  const bool doubt = vbmd.quality != Quality::kGood || !mean.category_doubt.empty();
  std::string text = fmt::format("{}: trabecular vBMD {:.0f} +- {:.0f} mg K2HPO4/cm3 ({} by ACR; no T-score)",
                                 mean.region,
                                 *vbmd.value,
                                 vbmd.se.value_or(0.0),
                                 category);
  for (const std::string& why : {vbmd.reason, mean.category_doubt})
    if (!why.empty()) text += "; " + why;
  return {"Density",
          text,
          doubt                                    ? Tone::kDoubt
          : *mean.category == AcrCategory::kNormal ? Tone::kPlain
                                                   : Tone::kAbnormal};
}

void add_l1(const std::vector<Measurement>& rows, std::vector<SummaryLine>& lines) {
  for (const Measurement& m : rows) {
    if (m.region != "L1" || m.endpoint != "Cyl_HU" || !m.value) continue;
    const char* band = *m.value <= 110.0   ? "at most 110: osteoporosis likely"
                       : *m.value <= 135.0 ? "111 to 135"
                       : *m.value <= 160.0 ? "136 to 160"
                                           : "above 160: osteoporosis unlikely";
    lines.push_back({"HU",
                     fmt::format("L1: {:.0f} HU ({}; cut-offs for 120 kV without contrast){}",
                                 *m.value,
                                 band,
                                 m.reason.empty() ? "" : "; " + m.reason),
                     m.quality != Quality::kGood ? Tone::kDoubt
                     : *m.value <= 135.0         ? Tone::kAbnormal
                                                 : Tone::kPlain});
  }
}

void add_fractures(const BoneQct::Spine& spine, std::vector<SummaryLine>& lines) {
  for (const auto& body : spine.deformity.bodies)
    if (body.grade.value && *body.grade.value >= 1.0)
      lines.push_back({"Deformity",
                       fmt::format("{}: grade {:.0f}", anatomy::short_name(body.id), *body.grade.value),
                       Tone::kAbnormal});
}

}  // namespace

std::vector<SummaryLine> summary_of(const BoneQct::Result& result,
                                    const CalibrationFinding& calibration,
                                    const std::string& level_doubt) {
  std::vector<SummaryLine> lines{calibration_line(calibration)};
  if (!result.spine) return lines;
  lines.push_back(mean_line(result.mean));
  add_l1(result.outcome.measurements, lines);
  add_fractures(*result.spine, lines);
  if (!level_doubt.empty()) lines.push_back({"Levels", level_doubt, Tone::kDoubt});
  return lines;
}

}  // namespace ledd::bone_qct
