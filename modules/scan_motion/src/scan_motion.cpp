#include "ledd/scan_motion/scan_motion.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "ledd/core/error.h"
#include "ledd/measurement/estimate.h"
#include "ledd/smoothing/smoothing.h"

namespace ledd {
namespace {

constexpr std::size_t kDirections = 12;   // of 15 degrees; each with its opposite
constexpr long kRangeReach = 10;          // and for the range of densities: two contours of a jump lie apart
constexpr long kReach = 4;                // voxels around one of the outline
constexpr std::size_t kMostSlices = 40;   // evenly along the bone: more tell the same
constexpr std::size_t kFewestEdges = 30;  // of a direction
constexpr float kLeastRange = 200.0F;     // mg/cm3 between bone and what lies outside
constexpr std::array<double, 4> kGradeLimits{0.93, 0.85, 0.72, 0.58};

struct Edge {
  std::size_t sector = 0;  ///< Of the full turn: 2 kDirections.
  float sharpness = 0.0F;  ///< Per voxel.
};

/// One slice of both images.
class Slice {
 public:
  Slice(const Volume& density, const Mask& mask, std::size_t z)
      : width_(static_cast<long>(density.GetLargestPossibleRegion().GetSize(0))),
        height_(static_cast<long>(density.GetLargestPossibleRegion().GetSize(1))),
        density_(density.GetBufferPointer() + z * static_cast<std::size_t>(width_ * height_)),
        mask_(mask.GetBufferPointer() + z * static_cast<std::size_t>(width_ * height_)) {}

  std::vector<Edge> edges() const {
    std::vector<Edge> all;
    for (long y = kRangeReach; y + kRangeReach < height_; ++y)
      for (long x = kRangeReach; x + kRangeReach < width_; ++x)
        if (on_outline(x, y))
          if (const auto edge = edge_at(x, y)) all.push_back(*edge);
    return all;
  }

 private:
  bool in(long x, long y) const { return mask_[y * width_ + x] != 0; }
  float at(long x, long y) const { return density_[y * width_ + x]; }
  bool on_outline(long x, long y) const {
    return in(x, y) && !(in(x - 1, y) && in(x + 1, y) && in(x, y - 1) && in(x, y + 1));
  }

  std::optional<Edge> edge_at(long x, long y) const {
    float steepest = 0.0F, low = at(x, y), high = low;
    double out_x = 0.0, out_y = 0.0;  // from what is inside to what is outside
    for (long v = y - kReach; v <= y + kReach; ++v)
      for (long u = x - kReach; u <= x + kReach; ++u) {
        const float gx = 0.5F * (at(u + 1, v) - at(u - 1, v)), gy = 0.5F * (at(u, v + 1) - at(u, v - 1));
        steepest = std::max(steepest, std::hypot(gx, gy));
        const double sign = in(u, v) ? -1.0 : 1.0;
        out_x += sign * static_cast<double>(u - x);
        out_y += sign * static_cast<double>(v - y);
      }
    for (long v = y - kRangeReach; v <= y + kRangeReach; ++v) {
      const auto [least, most] = std::minmax_element(&density_[v * width_ + x - kRangeReach],
                                                     &density_[v * width_ + x + kRangeReach] + 1);
      low = std::min(low, *least);
      high = std::max(high, *most);
    }
    if (!(high - low >= kLeastRange) || (out_x == 0.0 && out_y == 0.0)) return std::nullopt;
    const double turn = std::atan2(out_y, out_x) / (2.0 * std::numbers::pi) + 1.0;
    const auto sector =
        static_cast<std::size_t>(std::floor(turn * 2.0 * kDirections + 0.5)) % (2 * kDirections);
    return Edge{sector, steepest / (high - low)};
  }

  long width_, height_;
  const float* density_;
  const std::uint8_t* mask_;
};

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

int grade_of(double ratio) {
  int grade = 1;
  for (const double limit : kGradeLimits) grade += ratio < limit ? 1 : 0;
  return grade;
}

ScanMotion judged(std::array<std::vector<float>, 2 * kDirections>& sectors) {
  ScanMotion motion;
  double sharpest = 0.0, bluntest = 1e9;
  for (std::size_t n = 0; n < kDirections; ++n) {
    double sharper = 0.0;
    for (auto* side : {&sectors[n], &sectors[n + kDirections]})
      if (side->size() >= kFewestEdges) sharper = std::max(sharper, median(*side));
    if (!(sharper > 0.0)) {
      motion.reason = fmt::format(
          "fewer than {} voxels of the outline face {} degrees", kFewestEdges, 180 * n / kDirections);
      return motion;
    }
    sharpest = std::max(sharpest, sharper);
    if (sharper < bluntest) {
      bluntest = sharper;
      motion.bluntest_deg = 180.0 * static_cast<double>(n) / static_cast<double>(kDirections);
    }
  }
  motion.sharpness_ratio = bluntest / sharpest;
  motion.grade = grade_of(motion.sharpness_ratio);
  return motion;
}

}  // namespace

ScanMotion scan_motion(const Volume& density, const Mask& periosteal, Context& context) {
  require_same_grid(density, periosteal, "density and periosteal mask");
  context.throw_if_cancelled();
  const auto smooth = gaussian(density, density.GetSpacing()[0]);
  const std::size_t slices = density.GetLargestPossibleRegion().GetSize(2);
  const std::size_t used = std::min(slices, kMostSlices);
  std::vector<std::vector<Edge>> edges(used);
  tbb::parallel_for(std::size_t{0}, used, [&](std::size_t n) {
    edges[n] = Slice(*smooth, periosteal, n * slices / used).edges();
  });
  std::array<std::vector<float>, 2 * kDirections> sectors;
  for (const auto& slice : edges)
    for (const Edge& edge : slice) sectors[edge.sector].push_back(edge.sharpness);
  return judged(sectors);
}

const std::vector<EndpointDefinition>& ScanMotion::definitions() {
  constexpr const char* kMethod = "scan-motion/1";
  constexpr const char* kPage = "drawn motion: docs/bone-hrpqct.md; never compared with readers";
  static const std::vector<EndpointDefinition> all{
      {"motion_sharpness",
       "Sharpness of the bone's outline, bluntest over sharpest direction",
       "1",
       kMethod,
       "Median steepest fall of density at the outline, over the range of densities there, by the direction "
       "that the "
       "outline faces (12, the sharper of both sides); least over largest.",
       "Ledd",
       kPage},
      {"motion_grade",
       "Estimated grade of motion",
       "1",
       kMethod,
       "1 (none) to 5 (severe) by motion_sharpness: 0.93, 0.85, 0.72, 0.58. An estimate, always uncertain: "
       "look at the "
       "slices.",
       "grades: Pialat et al., Bone 50:111, 2012; limits: Ledd",
       kPage}};
  return all;
}

std::vector<Measurement> measurements(const ScanMotion& motion) {
  const auto& all = ScanMotion::definitions();
  if (motion.grade == 0)
    return {failed("scan", all[0], motion.reason), failed("scan", all[1], motion.reason)};
  const std::string estimate =
      "an estimate from the outline's sharpness, never compared with readers' grades";
  auto grade = uncertain("scan", all[1], motion.grade, estimate);
  grade.inherent = motion.grade <= 3;
  if (motion.grade > 3)
    grade.reason = fmt::format("grade {} by {}: structure may not be usable; {} degrees are bluntest",
                               motion.grade,
                               estimate,
                               motion.bluntest_deg);
  return {measured("scan", all[0], motion.sharpness_ratio), grade};
}

}  // namespace ledd
