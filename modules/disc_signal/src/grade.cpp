#include "grade.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/anatomy/anatomy.h"

namespace ledd::disc {
namespace {

using Disc = DiscSignal::Disc;

/// The index falls towards the thorax: collapse is judged from T11/T12 down.
bool collapse_is_judged(const Disc& d) {
  return d.dhi.has_value() && d.id >= anatomy::kDiscOffset + anatomy::kT12 - 1;
}

std::optional<double> usual_dhi(const std::vector<Disc>& discs, const DiscSignal::Params& params) {
  double sum = 0.0, n = 0.0;
  for (const Disc& d : discs) {
    if (!collapse_is_judged(d) || *d.dhi < params.collapse_dhi) continue;
    sum += *d.dhi;
    n += 1.0;
  }
  if (n == 0.0) return std::nullopt;
  return sum / n;
}

int grade_by_signal(const Disc& d, const std::array<double, 3>& thresholds, double min_contrast) {
  if (*d.dsi >= thresholds[0]) return 1;
  if (*d.dsi >= thresholds[1]) return d.contrast && *d.contrast < min_contrast ? 3 : 2;
  return *d.dsi >= thresholds[2] ? 3 : 4;
}

}  // namespace

std::array<double, 3> thresholds_at(double te_ms, const DiscSignal::Params& p) {
  std::array<double, 3> t{p.dsi_grade_1, p.dsi_grade_2, p.dsi_grade_3};
  for (double& x : t) x = p.dsi_te_0 * std::pow(x / p.dsi_te_0, te_ms / p.reference_te_ms);
  return t;
}

void grade(DiscSignal::Result& result, bool te_known, const DiscSignal::Params& p) {
  const auto usual = usual_dhi(result.discs, p);
  for (Disc& d : result.discs) {
    if (!d.dsi) continue;
    const bool judged = collapse_is_judged(d);
    const bool collapsed =
        judged && (*d.dhi < p.collapse_dhi || (usual && *d.dhi < p.collapse_relative * *usual));
    d.grade = collapsed ? 5 : grade_by_signal(d, result.thresholds_used, p.min_contrast);
    d.grade_reason = fmt::format(
        "quantitative analogue, not Pfirrmann: thresholds not calibrated for this sequence "
        "(TE {:.0f} ms{}: {:.2f}/{:.2f}/{:.2f})",
        result.te_used_ms,
        te_known ? "" : ", assumed",
        result.thresholds_used[0],
        result.thresholds_used[1],
        result.thresholds_used[2]);
    if (!judged) d.grade_reason += "; collapse (grade V) not judged: no disc height index";
    if (d.quality == Quality::kUncertain) d.grade_reason += "; " + d.reason;
  }
}

}  // namespace ledd::disc
