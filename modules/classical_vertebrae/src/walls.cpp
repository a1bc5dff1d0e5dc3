#include "walls.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::classical {
namespace {

constexpr int kReachMm = 40;      // of the profile, either way of the box's centre
constexpr int kMostShiftMm = 10;  // of a box along its endplates
constexpr double kHalfSlabMm = 5.0;
constexpr double kUsualDepthMm = 34.0, kDepthSdMm = 5.0, kStepSdMm = 3.0, kCourseSdMm = 3.0;
constexpr double kEvenness = 2.5;

/// Where a box may be along its endplates.
struct Place {
  int shift_mm = 0, depth_mm = 0;
};

std::vector<Place> places() {
  std::vector<Place> all;
  for (int shift = -kMostShiftMm; shift <= kMostShiftMm; ++shift)
    for (int depth = 26; depth <= 44; depth += 2) all.push_back({shift, depth});
  return all;
}

using Profile = std::array<double, 2 * kReachMm + 1>;  ///< By mm along the endplates.

/// Index of a place; beyond the profile's ends, that of the end.
std::size_t index_of(int u_mm) {
  const int index = std::clamp(u_mm, -kReachMm, kReachMm) + kReachMm;
  return static_cast<std::size_t>(index);
}

/// Mean over the middle of the box's height; what lies beyond the image repeats its border.
Profile profile_of(const cv::Mat& slab, const Box& box) {
  const double a = box.tilt_deg * CV_PI / 180.0, c = std::cos(a), s = std::sin(a);
  const int half = static_cast<int>(std::lround(0.3 * box.height_mm));
  Profile profile{};
  for (int u = -kReachMm; u <= kReachMm; ++u) {
    double sum = 0.0;
    for (int v = -half; v <= half; ++v)
      sum += static_cast<double>(
          value_at(slab, (box.x_mm + c * u - s * v) / kWorkMm, (box.y_mm + s * u + c * v) / kWorkMm));
    profile[index_of(u)] = sum / (2 * half + 1);
  }
  return profile;
}

/// Cost of every place of one box, without its neighbours.
std::vector<double> costs_of(const Profile& profile, const std::vector<Place>& all) {
  const auto at = [&](int u) { return profile[index_of(u)]; };
  const auto step = [&](int u) { return std::abs(at(u + 2) - at(u - 2)); };
  double unit = 1e-6;
  for (int u = -kReachMm; u <= kReachMm; ++u) unit += step(u) / (2.0 * kReachMm + 1.0);
  std::vector<double> costs;
  for (const Place& p : all) {
    const int front = p.shift_mm - p.depth_mm / 2, back = p.shift_mm + p.depth_mm / 2;
    double core = 0.0, uneven = 0.0;
    for (int u = p.shift_mm - 5; u <= p.shift_mm + 5; ++u) core += at(u) / 11.0;
    for (int u = front + 2; u <= back - 2; ++u) uneven += std::abs(at(u) - core) / (back - front - 3);
    const double usual = (p.depth_mm - kUsualDepthMm) / kDepthSdMm;
    costs.push_back(kEvenness * uneven / unit - 0.5 * (step(front) + step(back)) / unit +
                    0.5 * usual * usual);
  }
  return costs;
}

/// Cost of two neighbouring boxes at two places.
double between(const Box& a, const Box& b, const Place& pa, const Place& pb) {
  const double ta = a.tilt_deg * CV_PI / 180.0, tb = b.tilt_deg * CV_PI / 180.0;
  const double dx = b.x_mm + pb.shift_mm * std::cos(tb) - a.x_mm - pa.shift_mm * std::cos(ta);
  const double dy = b.y_mm + pb.shift_mm * std::sin(tb) - a.y_mm - pa.shift_mm * std::sin(ta);
  const double t = 0.5 * (ta + tb);
  const double course = (dx * std::cos(t) + dy * std::sin(t)) / kCourseSdMm;
  const double growth = (pb.depth_mm - pa.depth_mm) / kStepSdMm;
  return 0.5 * (course * course + growth * growth);
}

std::vector<Place> cheapest(const std::vector<Box>& boxes, const std::vector<std::vector<double>>& costs) {
  const auto all = places();
  std::vector<std::vector<std::size_t>> from(boxes.size(), std::vector<std::size_t>(all.size(), 0));
  std::vector<double> sum = costs[0];
  for (std::size_t n = 1; n < boxes.size(); ++n) {
    std::vector<double> next(all.size());
    for (std::size_t j = 0; j < all.size(); ++j) {
      double least = 1e300;
      for (std::size_t i = 0; i < all.size(); ++i) {
        const double cost = sum[i] + between(boxes[n - 1], boxes[n], all[i], all[j]);
        if (cost < least) least = cost, from[n][j] = i;
      }
      next[j] = least + costs[n][j];
    }
    sum = std::move(next);
  }
  std::vector<Place> path(boxes.size());
  auto at = static_cast<std::size_t>(std::min_element(sum.begin(), sum.end()) - sum.begin());
  for (std::size_t n = boxes.size(); n-- > 0;) {
    path[n] = all[at];
    at = from[n][at];
  }
  return path;
}

}  // namespace

void settle_walls(const Slices& slices, Column& column) {
  if (column.boxes.empty()) return;
  const auto all = places();
  std::vector<std::vector<double>> costs;
  costs.reserve(column.boxes.size());
  for (const Box& box : column.boxes)
    costs.push_back(costs_of(profile_of(slices.slab(box.z_mm, kHalfSlabMm), box), all));
  const auto path = cheapest(column.boxes, costs);
  for (std::size_t n = 0; n < path.size(); ++n) {
    Box& box = column.boxes[n];
    const double t = box.tilt_deg * CV_PI / 180.0;
    box.x_mm += path[n].shift_mm * std::cos(t);
    box.y_mm += path[n].shift_mm * std::sin(t);
    box.depth_mm = path[n].depth_mm;
    box.look = look_of(halved(slices.slab(box.z_mm, kHalfSlabMm)), box);
  }
  column.likeness = mean_likeness(column.boxes);
}

}  // namespace ledd::classical
