#include "ledd/density_registration/density_registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "start.h"

namespace ledd {
namespace {

using namespace registration;

constexpr std::size_t kMost = 200000, kMostCoarse = 30000;
constexpr std::size_t kClimbAgain = 3;
constexpr double kStillVox = 0.002, kConvergedVox = 0.01;
constexpr double kRimVox = 4.0;  ///< The cortex shines into the inside by its blur and the smoothing.

double voxel_of(const DensityRegistration::Scan& scan, const char* which) {
  require_same_grid(scan.density, scan.periosteal, fmt::format("density and bone of the {} scan", which));
  require_same_grid(scan.density, scan.trabecular, fmt::format("density and inside of the {} scan", which));
  const auto s = scan.density.GetSpacing();
  const auto [least, most] = std::minmax({s[0], s[1], s[2]});
  require(most <= 1.02 * least,
          Errc::kInput,
          fmt::format(
              "voxels of the {} scan are no cubes: {:.4g} x {:.4g} x {:.4g} mm", which, s[0], s[1], s[2]));
  return s[0];
}

/// Samples that lie in a mask of either scan, and in the first one `depth_mm` from its border.
std::vector<Sample> both_inside(const std::vector<Sample>& samples,
                                const Mask& first,
                                const Mask& second,
                                const GridMotion& motion,
                                double depth_mm) {
  const auto deep = [&](const Point& p) {
    return inside(first, p) && inside(first, {p[0] - depth_mm, p[1], p[2]}) &&
           inside(first, {p[0] + depth_mm, p[1], p[2]}) && inside(first, {p[0], p[1] - depth_mm, p[2]}) &&
           inside(first, {p[0], p[1] + depth_mm, p[2]});
  };
  std::vector<Sample> kept;
  kept.reserve(samples.size());
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(kept), [&](const Sample& s) {
    return deep(s.at_mm) && inside(second, motion(s.at_mm));
  });
  return kept;
}

double spread_of(const std::vector<Sample>& samples) {
  double n = 0, sum = 0, squares = 0;
  for (const Sample& s : samples) {
    const double d = static_cast<double>(s.density);
    n += 1.0;
    sum += d;
    squares += d * d;
  }
  return n > 1.0 ? std::sqrt(std::max(0.0, squares / n - sum * sum / n / n)) : 0.0;
}

void sort(std::vector<Candidate>& all) {
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.correlation > b.correlation;
  });
}

}  // namespace

const ParamTable<DensityRegistration::Params>& DensityRegistration::Params::table() {
  static const auto table =
      ParamTable<Params>().add(&Params::min_overlap,
                               "min_overlap",
                               "1",
                               "Share of the shorter scan's length that both must show.",
                               {0.05, 1.0});
  return table;
}

DensityRegistration::DensityRegistration(const Params& params) : params_(params) {
  Params::table().validate(params);
}

DensityRegistration::Result DensityRegistration::operator()(const Scan& first,
                                                            const Scan& second,
                                                            Context& context) const {
  const double voxel = voxel_of(first, "first");
  const double other = voxel_of(second, "second");
  require(
      std::fabs(other / voxel - 1.0) <= 0.01,
      Errc::kInput,
      fmt::format("voxels of {:.4g} mm in the first scan and of {:.4g} mm in the second: only scans of the "
                  "same voxels are compared",
                  voxel,
                  other));
  const Course a = course_of(first.periosteal, "first");
  const Course b = course_of(second.periosteal, "second");
  const auto from = scales_of(first.density);
  const auto to = scales_of(second.density);
  std::size_t level = std::min(from.size(), to.size()) - 1;
  const double still = kStillVox * voxel;

  auto samples = samples_of(from[level], first.periosteal, kMostCoarse);
  require(!samples.empty(), Errc::kInput, "the first scan shows no bone to register");
  auto candidates = starts(a, b, samples, to[level], params_.min_overlap);
  require(
      !candidates.empty(), Errc::kInput, "no common region: the bones are shorter than what both must show");
  const auto climb_all = [&](std::size_t keep) {
    for (Candidate& one : candidates) {
      context.throw_if_cancelled();
      one.motion = climb(samples, to[level], one.motion, a.rim_mm, 10.0 * still).motion;
      const Likeness found = likeness(samples, to[level], one.motion);
      one.correlation = found.seen >= 0.5 * params_.min_overlap ? found.correlation : -1.0;
    }
    sort(candidates);
    candidates.resize(std::min(candidates.size(), keep));
  };
  climb_all(kClimbAgain);
  for (bool again = true; level > 0; again = false) {
    --level;
    samples = samples_of(from[level], first.periosteal, level > 0 ? kMostCoarse * 3 : kMost);
    if (again || level > 0) climb_all(1);
  }
  Result result;
  const Climbed last = climb(samples, to[0], candidates.front().motion, a.rim_mm, still);
  result.second_from_first = last.motion;
  result.step_um = 1000.0 * last.step_mm;
  result.converged = last.step_mm < kConvergedVox * voxel;
  result.correlation =
      likeness(
          both_inside(samples, first.periosteal, second.periosteal, last.motion, 0.0), to[0], last.motion)
          .correlation;
  const auto within = both_inside(samples, first.trabecular, second.trabecular, last.motion, kRimVox * voxel);
  result.trabecular_correlation = within.empty() ? 0.0 : likeness(within, to[0], last.motion).correlation;
  result.texture_mg_per_cm3 = spread_of(within);
  return result;
}

}  // namespace ledd
