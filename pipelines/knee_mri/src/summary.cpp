#include "summary.h"

#include <fmt/format.h>

#include <string_view>

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
    const bool compartment = m.region == "MFTC" || m.region == "LFTC";
    if (m.endpoint == "ThCtAB" && m.statistic == "mean" && compartment && m.value)
      lines.push_back({knee_of(m),
                       fmt::format("{} femorotibial cartilage {:.2f} mm ({})",
                                   m.region == "MFTC" ? "medial" : "lateral",
                                   *m.value,
                                   m.region),
                       tone_of(m)});
    if (m.endpoint == "dAB" && m.value && *m.value >= kBareShown &&
        (m.region == "MT" || m.region == "LT" || m.region == "cMF" || m.region == "cLF" || m.region == "P"))
      lines.push_back(
          {knee_of(m), fmt::format("{} bone denuded: {:.0f} % of tAB", m.region, *m.value), tone_of(m)});
  }
  return lines;
}

}  // namespace ledd::knee_mri
