#include "curves.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "coronal.h"

namespace ledd::alignment {
namespace {

using Coronal = AlignmentResult::Coronal;
using Curve = AlignmentResult::Curve;

/// A curve with the places of its ends in the row of bodies.
struct Found {
  Curve curve;
  std::size_t upper = 0, lower = 0;
};

class Search {
 public:
  Search(const std::vector<Coronal>& coronal,
         const std::vector<double>& tilt_deg,
         const SpineResult::Frame& axes,
         double plane_se_deg)
      : coronal_(coronal), tilt_deg_(tilt_deg), axes_(axes), plane_se_deg_(plane_se_deg) {}

  /// The pair with the largest angle between bodies first and last, both included.
  std::optional<Found> largest(std::size_t first, std::size_t last) const {
    std::optional<Found> best;
    for (std::size_t i = first; i <= last; ++i)
      for (std::size_t j = i + 1; j <= last; ++j) {
        if (!coronal_[i].missing.empty() || !coronal_[j].missing.empty()) continue;
        const double angle = coronal_[i].superior_deg - coronal_[j].inferior_deg;
        if (best && std::abs(angle) <= best->curve.cobb_deg) continue;
        best = Found{{}, i, j};
        best->curve.cobb_deg = std::abs(angle);
        best->curve.convexity = angle > 0.0 ? 1 : -1;
      }
    if (best) complete(*best);
    return best;
  }

 private:
  void complete(Found& f) const {
    const Coronal& top = coronal_[f.upper];
    const Coronal& bottom = coronal_[f.lower];
    f.curve.upper = top.id;
    f.curve.lower = bottom.id;
    // A plane turned by t about the long axis shows sin(t) of the tilts' difference as a coronal angle.
    const double leak = std::abs(tilt_deg_[f.upper] - tilt_deg_[f.lower]) * plane_se_deg_ / kDegPerRad;
    f.curve.se_deg = std::hypot(std::hypot(top.superior_se_deg, bottom.inferior_se_deg), leak);
    const Point chord = sub(bottom.centre_lps_mm, top.centre_lps_mm);
    const double length = dot(chord, axes_.superior);
    double farthest = -1.0;
    for (std::size_t k = f.upper; k <= f.lower; ++k) {
      const Point from = sub(coronal_[k].centre_lps_mm, top.centre_lps_mm);
      const double part = length == 0.0 ? 0.0 : dot(from, axes_.superior) / length;
      const double aside = std::abs(dot(from, axes_.left) - part * dot(chord, axes_.left));
      if (aside <= farthest) continue;
      farthest = aside;
      f.curve.apex = coronal_[k].id;
    }
  }

  const std::vector<Coronal>& coronal_;
  const std::vector<double>& tilt_deg_;
  const SpineResult::Frame& axes_;
  double plane_se_deg_;
};

}  // namespace

std::vector<Curve> curves_of(const std::vector<Coronal>& coronal,
                             const std::vector<double>& tilt_deg,
                             const SpineResult::Frame& axes,
                             double plane_se_deg,
                             double threshold_deg) {
  std::vector<Curve> curves;
  if (coronal.empty()) return curves;
  const Search search(coronal, tilt_deg, axes, plane_se_deg);
  const auto main = search.largest(0, coronal.size() - 1);
  if (!main) return curves;
  curves.push_back(main->curve);
  for (std::size_t last = main->upper; last > 0;) {
    const auto above = search.largest(0, last);
    if (!above || above->curve.cobb_deg < threshold_deg || above->upper >= last) break;
    curves.push_back(above->curve);
    last = above->upper;
  }
  for (std::size_t first = main->lower; first + 1 < coronal.size();) {
    const auto below = search.largest(first, coronal.size() - 1);
    if (!below || below->curve.cobb_deg < threshold_deg || below->lower <= first) break;
    curves.push_back(below->curve);
    first = below->lower;
  }
  return curves;
}

}  // namespace ledd::alignment
