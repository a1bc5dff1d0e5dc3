#include "ledd/density_registration/density_registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "start.h"

namespace ledd {
namespace {

using namespace registration;  // NOLINT(google-build-using-namespace): the module's own

constexpr std::size_t kMost = 200000, kMostCoarse = 30000;
constexpr std::size_t kClimbAgain = 4, kFewestInner = 300;
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

/// In a mask, and `depth_mm` from its border across the bone.
bool deep(const Mask& mask, const Point& p, double depth_mm) {
  return inside(mask, p) && inside(mask, {p[0] - depth_mm, p[1], p[2]}) &&
         inside(mask, {p[0] + depth_mm, p[1], p[2]}) && inside(mask, {p[0], p[1] - depth_mm, p[2]}) &&
         inside(mask, {p[0], p[1] + depth_mm, p[2]});
}

/// Samples that lie in a mask of either scan, and in the first one `depth_mm` from its border.
std::vector<Sample> both_inside(const std::vector<Sample>& samples,
                                const Mask& first,
                                const Mask& second,
                                const GridMotion& motion,
                                double depth_mm) {
  std::vector<Sample> kept;
  kept.reserve(samples.size());
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(kept), [&](const Sample& s) {
    return deep(first, s.at_mm, depth_mm) && inside(second, motion(s.at_mm));
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

/// What is compared at one scale: all of the bone, and its inside off the cortex.
struct Stage {
  std::vector<Sample> all, inner;
  const Scale& second;
  double min_seen;

  Stage(const Scale& from,
        const Scale& to,
        const DensityRegistration::Scan& first,
        std::size_t most,
        double seen)
      : all(samples_of(from, first.periosteal, most)), second(to), min_seen(seen) {
    const double depth_mm = std::max(kRimVox * first.density.GetSpacing()[0], from.voxel_mm);
    std::copy_if(all.begin(), all.end(), std::back_inserter(inner), [&](const Sample& s) {
      return deep(first.trabecular, s.at_mm, depth_mm);
    });
    if (inner.size() < kFewestInner) inner.clear();
  }

  /// Both correlations: a cortex that has changed much outweighs trabeculae that have not, in one of all.
  double score(const GridMotion& motion) const {
    const Likeness whole = likeness(all, second, motion);
    if (!(whole.seen >= min_seen)) return -2.0;
    if (inner.empty()) return whole.correlation;
    const Likeness within = likeness(inner, second, motion);
    return whole.correlation + (within.seen >= min_seen ? within.correlation : -1.0);
  }

  /// Climbs by all of the bone, and from there by its inside; the better of the two.
  Candidate climbed(const GridMotion& start, double rim_mm, double still_mm) const {
    Candidate best;
    best.motion = climb(all, second, start, rim_mm, still_mm).motion;
    best.score = score(best.motion);
    if (inner.empty()) return best;
    for (const GridMotion& from : {start, best.motion}) {
      Candidate other{climb(inner, second, from, rim_mm, still_mm).motion, 0.0};
      other.score = score(other.motion);
      if (other.score > best.score) best = other;
    }
    return best;
  }
};

/// The best candidate after climbing at every scale but the finest.
GridMotion best_of(std::vector<Candidate> candidates,
                   const std::vector<Scale>& from,
                   const std::vector<Scale>& to,
                   const DensityRegistration::Scan& first,
                   const Stage& coarsest,
                   double rim_mm,
                   Context& context) {
  const double still_mm = 10.0 * kStillVox * first.density.GetSpacing()[0];
  const auto climb_all = [&](const Stage& stage, std::size_t keep) {
    for (Candidate& one : candidates) {
      context.throw_if_cancelled();
      one = stage.climbed(one.motion, rim_mm, still_mm);
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return a.score > b.score;
    });
    candidates.resize(std::min(candidates.size(), keep));
  };
  climb_all(coarsest, kClimbAgain);
  for (std::size_t level = std::min(from.size(), to.size()) - 1; level-- > 1;)
    climb_all(Stage(from[level], to[level], first, 3 * kMostCoarse, coarsest.min_seen), 1);
  return candidates.front().motion;
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
  const std::size_t level = std::min(from.size(), to.size()) - 1;
  const double still = kStillVox * voxel;

  const Stage coarsest(from[level], to[level], first, kMostCoarse, 0.5 * params_.min_overlap);
  require(!coarsest.all.empty(), Errc::kInput, "the first scan shows no bone to register");
  auto candidates = starts(
      a,
      b,
      [&](const GridMotion& m) { return coarsest.score(m); },
      from[level].voxel_mm,
      params_.min_overlap);
  require(
      !candidates.empty(), Errc::kInput, "no common region: the bones are shorter than what both must show");
  const GridMotion near = best_of(std::move(candidates), from, to, first, coarsest, a.rim_mm, context);
  const Stage finest(from[0], to[0], first, kMost, coarsest.min_seen);
  const auto& samples = finest.all;
  Result result;
  const Climbed last =
      climb(samples, to[0], finest.climbed(near, a.rim_mm, 10.0 * still).motion, a.rim_mm, still);
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
