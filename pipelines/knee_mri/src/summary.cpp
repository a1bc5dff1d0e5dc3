#include "summary.h"

#include <fmt/format.h>

#include <set>

namespace ledd::knee_mri {
namespace {

constexpr double kBareShown = 1.0;  // per cent of tAB; less lies within what closing adds at a margin

std::string knee_of(const Measurement& m) {
  return m.side == "R" ? "Right knee" : m.side == "L" ? "Left knee" : "Knee";
}

SummaryLine::Tone tone_of(const Measurement& m) {
  return m.quality == Quality::kGood || m.inherent ? SummaryLine::Tone::kPlain : SummaryLine::Tone::kDoubt;
}

}  // namespace

std::vector<SummaryLine> summary_of(const std::vector<Measurement>& measurements) {
  std::vector<SummaryLine> lines;
  for (const auto& m : measurements) {
    if (m.endpoint != "ThCtAB" || m.statistic != "mean" || !m.value) continue;
    if (m.region == "MFTC" || m.region == "LFTC")
      lines.push_back({knee_of(m),
                       fmt::format("{} femorotibial cartilage {:.2f} mm ({})",
                                   m.region == "MFTC" ? "medial" : "lateral",
                                   *m.value,
                                   m.region),
                       tone_of(m)});
  }
  const std::set<std::string> shown{"MT", "LT", "cMF", "cLF", "P"};
  for (const auto& m : measurements)
    if (m.endpoint == "dAB" && m.value && *m.value >= kBareShown && shown.contains(m.region))
      lines.push_back(
          {knee_of(m), fmt::format("{} bone denuded: {:.0f} % of tAB", m.region, *m.value), tone_of(m)});
  return lines;
}

}  // namespace ledd::knee_mri
