#include "trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ledd::classical {
namespace {

/// Mean over the middle of a body's height, from one share of its depth to another: -1 the front wall, 0 the
/// centre, 1 the back wall.
double mean_between(const cv::Mat& slab, const Outline& o, double first, double last) {
  constexpr double kShareOfHeight = 0.6;
  constexpr int kSamples = 8;  // each way
  const double t = o.tilt_deg * CV_PI / 180.0, c = std::cos(t), s = std::sin(t);
  const double front_mm = radius_at(o.middle, CV_PI), back_mm = radius_at(o.middle, 0.0);
  const double up_mm = radius_at(o.middle, -0.5 * CV_PI), down_mm = radius_at(o.middle, 0.5 * CV_PI);
  double sum = 0.0;
  for (int i = 0; i < kSamples; ++i)
    for (int j = 0; j < kSamples; ++j) {
      const double along = first + (last - first) * (i + 0.5) / kSamples;
      const double across = kShareOfHeight * (2.0 * (j + 0.5) / kSamples - 1.0);
      const double u = along * (along < 0.0 ? front_mm : back_mm);
      const double v = across * (across < 0.0 ? up_mm : down_mm);
      sum += static_cast<double>(
          value_at(slab, (o.x_mm + c * u - s * v) / kWorkMm, (o.y_mm + s * u + c * v) / kWorkMm));
    }
  return sum / (kSamples * kSamples);
}

}  // namespace

std::string doubt_of(const Column& column, const ClassicalVertebrae::Params& params) {
  if (column.boxes.size() < static_cast<std::size_t>(params.min_bodies))
    return fmt::format("the longest row of what may be vertebral bodies has {}, at least {} are needed",
                       column.boxes.size(),
                       params.min_bodies);
  if (!(column.score >= params.min_score))
    return fmt::format(
        "a row of {} was found, but its borders are as faint as chance makes them ({:.2f}, at least {:.2f} "
        "is needed)",
        column.boxes.size(),
        column.score,
        params.min_score);
  if (!(column.likeness >= params.min_likeness))
    return fmt::format(
        "a row of {} was found, but its parts do not look alike (correlation {:.2f}, at least {:.2f} is "
        "needed)",
        column.boxes.size(),
        column.likeness,
        params.min_likeness);
  return "";
}

double unevenness_of(const Slices& slices, const std::vector<Outline>& bodies, Polarity polarity) {
  constexpr double kThird = 1.0 / 3.0, kOffWall = 0.9;
  std::vector<double> all;
  for (const Outline& o : bodies) {
    const cv::Mat slab = slices.slab(o.z_mm, kHalfMiddleMm);
    const double difference =
        mean_between(slab, o, kThird, kOffWall) - mean_between(slab, o, -kOffWall, -kThird);
    all.push_back(difference / std::max(1e-6, std::abs(endplate_contrast(slab, o, polarity))));
  }
  if (all.empty()) return 0.0;
  const auto middle = all.begin() + static_cast<long>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

std::string doubt_of(double unevenness, const ClassicalVertebrae::Params& params) {
  if (std::abs(unevenness) <= params.max_unevenness) return "";
  return fmt::format(
      "a row was found, but the front and the back third of its parts differ by {:.2f} times the contrast at "
      "their endplates, in marrow by {:.2f} at most: their walls are not where bodies end",
      std::abs(unevenness),
      params.max_unevenness);
}

}  // namespace ledd::classical
