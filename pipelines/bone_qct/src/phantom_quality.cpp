#include "phantom_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/measurement/estimate.h"

namespace ledd::bone_qct {
namespace {

constexpr const char* kMethod = "phantom-quality/1";
constexpr const char* kPage = "docs/scanner-quality.md";
constexpr const char* kOwn = "Ledd; docs/scanner-quality.md";

/// Distance between the axes of two rods, which are parallel.
double apart_mm(const FoundRod& a, const FoundRod& b) {
  double along = 0.0, square = 0.0;
  for (unsigned i = 0; i < 3; ++i) {
    const double d = b.point_lps_mm[i] - a.point_lps_mm[i];
    along += d * a.direction_lps[i];
    square += d * d;
  }
  return std::sqrt(std::max(0.0, square - along * along));
}

double drawn_apart_mm(const CalibrationRod& a, const CalibrationRod& b) {
  return std::hypot(b.position_mm[0] - a.position_mm[0], b.position_mm[1] - a.position_mm[1]);
}

/// Least squares over all pairs of rods that were seen: found = scale * drawn.
std::optional<double> scale_of(const std::vector<FoundRod>& rods, const CalibrationPhantom& phantom) {
  double product = 0.0, square = 0.0;
  for (std::size_t i = 0; i < rods.size(); ++i)
    for (std::size_t j = i + 1; j < rods.size(); ++j) {
      if (!rods[i].seen || !rods[j].seen) continue;
      const double drawn = drawn_apart_mm(phantom.rods[i], phantom.rods[j]);
      product += drawn * apart_mm(rods[i], rods[j]);
      square += drawn * drawn;
    }
  if (!(square > 0.0)) return std::nullopt;
  return product / square;
}

double noise_of(const std::vector<FoundRod>& rods) {
  double sum = 0.0;
  for (const FoundRod& rod : rods) sum += rod.sd_hu * rod.sd_hu;
  return std::sqrt(sum / static_cast<double>(rods.size()));
}

double range_of(const std::vector<FoundRod>& rods) {
  const auto [low, high] =
      std::minmax_element(rods.begin(), rods.end(), [](const auto& a, const auto& b) { return a.hu < b.hu; });
  return high->hu - low->hu;
}

/// Rows of one phantom.
class Rows {
 public:
  void good(const std::string& region, const char* key, double value, std::optional<double> se = {}) {
    push_estimate(region, defined(key), {value, se, Quality::kGood, "", false}, rows_);
  }
  void doubtful(const std::string& region, const char* key, double value, const std::string& why) {
    push_estimate(region, defined(key), {value, std::nullopt, Quality::kUncertain, why, true}, rows_);
  }
  void none(const std::string& region, const char* key, const std::string& why) {
    push_estimate(region, defined(key), {std::nullopt, std::nullopt, Quality::kFailed, why, true}, rows_);
  }
  std::vector<Measurement> take() { return std::move(rows_); }

 private:
  static const EndpointDefinition& defined(const char* key) {
    return definition_of(key, phantom_definitions());
  }
  std::vector<Measurement> rows_;
};

void add_rod(const FoundRod& rod, const FindCalibrationPhantom::Result& found, Rows& rows) {
  const std::string region = fmt::format("rod {}", rod.number);
  rows.good(region, "phantom_rod_reading", rod.hu, rod.se_hu);
  rows.good(region, "phantom_rod_noise", rod.sd_hu);
  if (found.line)
    rows.good(region, "phantom_rod_density", found.line->density_mg_cm3(rod.hu));
  else
    rows.none(region, "phantom_rod_density", found.refusal);
}

void add_scale(const CalibrationFinding& finding, Rows& rows) {
  const auto scale = scale_of(finding.rods.rods, *finding.phantom);
  if (!scale)
    rows.none("scan", "phantom_scale", "fewer than two rods are seen: the others were placed by them");
  else if (finding.phantom->geometry_measured)
    rows.good("scan", "phantom_scale", *scale);
  else
    rows.doubtful(
        "scan",
        "phantom_scale",
        *scale,
        "the table's drawing of this phantom is not verified: to be compared with other runs of it, "
        "not with 1");
}

}  // namespace

const std::vector<EndpointDefinition>& phantom_definitions() {
  static const std::vector<EndpointDefinition> all{
      {"phantom_rod_reading",
       "What a rod of the calibration phantom reads",
       "[hnsf'U]",
       kMethod,
       "Mean of the voxels within the eroded rod; rods by number in the phantom's table.",
       kOwn,
       kPage},
      {"phantom_rod_noise",
       "Noise in a rod of the calibration phantom",
       "[hnsf'U]",
       kMethod,
       "Standard deviation of the same voxels. It holds noise, and streaks and cupping within the rod.",
       kOwn,
       kPage},
      {"phantom_rod_density",
       "Density that the calibration gives a rod",
       "mg/cm3",
       kMethod,
       "The rod's mean HU by the case's own calibration line, in the phantom's mineral.",
       kOwn,
       kPage},
      {"phantom_noise",
       "Noise in the calibration phantom",
       "[hnsf'U]",
       kMethod,
       "Root of the mean square of phantom_rod_noise over the rods.",
       kOwn,
       kPage},
      {"phantom_SNR",
       "Signal to noise in the calibration phantom",
       "1",
       kMethod,
       "HU between the rod that reads most and the rod that reads least, over phantom_noise.",
       kOwn,
       kPage},
      {"phantom_scale",
       "Geometric scale by the calibration phantom",
       "1",
       kMethod,
       "Distances between the axes of all pairs of rods that are seen, over those of the phantom's table, by "
       "least squares. Across the rods alone: it says nothing of the scale along them.",
       kOwn,
       kPage}};
  return all;
}

std::vector<Measurement> phantom_measurements(const CalibrationFinding& finding) {
  const auto& rods = finding.rods.rods;
  if (rods.empty() || !finding.phantom || finding.phantom->rods.size() != rods.size()) return {};
  Rows rows;
  for (const FoundRod& rod : rods) add_rod(rod, finding.rods, rows);
  const double noise = noise_of(rods);
  rows.good("scan", "phantom_noise", noise);
  if (noise > 0.0)
    rows.good("scan", "phantom_SNR", range_of(rods) / noise);
  else
    rows.none("scan", "phantom_SNR", "the rods have no noise at all: no scan, but a drawing");
  add_scale(finding, rows);
  return rows.take();
}

}  // namespace ledd::bone_qct
