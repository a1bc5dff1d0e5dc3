#include "sagittal_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ledd::phantom {
namespace {

constexpr std::size_t kColumns = 185;  // (460 / 2.5) + 1

/// Points every millimetre along the chords between posterior corners, extended at both ends.
std::vector<Vec> polyline(const Spine& spine) {
  std::vector<Vec> corners;
  const Vec first = spine.bodies.front().corner(false, true);
  corners.push_back(first + Vec{0.0, -18.0, 220.0});
  corners.push_back(first + Vec{0.0, 0.0, 60.0});
  for (const Body& b : spine.bodies) {
    corners.push_back(b.corner(false, true));
    corners.push_back(b.corner(false, false));
  }
  const Vec last = corners.back();
  corners.push_back(last + Vec{0.0, 2.0, -20.0});
  corners.push_back(last + Vec{0.0, -12.0, -45.0});
  corners.push_back(last + Vec{0.0, -40.0, -200.0});
  std::vector<Vec> points;
  for (std::size_t i = 0; i + 1 < corners.size(); ++i) {
    const Vec step = corners[i + 1] - corners[i];
    const auto n = static_cast<int>(std::max(1.0, std::round(norm(step))));
    for (int j = 0; j < n; ++j) points.push_back(corners[i] + (static_cast<double>(j) / n) * step);
  }
  return points;
}

std::vector<Vec> smoothed(const std::vector<Vec>& points, double sigma) {
  std::vector<Vec> out(points.size());
  const auto reach = static_cast<long>(3 * sigma);
  const auto last = static_cast<long>(points.size()) - 1;
  for (long i = 0; i <= last; ++i) {
    Vec sum;
    double weight = 0;
    for (long j = -reach; j <= reach; ++j) {
      const double w = std::exp(-0.5 * static_cast<double>(j * j) / (sigma * sigma));
      sum = sum + w * points[static_cast<std::size_t>(std::clamp(i + j, 0L, last))];
      weight += w;
    }
    out[static_cast<std::size_t>(i)] = (1.0 / weight) * sum;
  }
  return out;
}

}  // namespace

SagittalMap::SagittalMap(const Spine& spine)
    : rows_(static_cast<std::size_t>(((spine.t8 > 0 ? kHighZOfHead : kHighZ) - kLowZ) / kStepMm) + 1),
      line_(smoothed(polyline(spine), 5.0)),
      down_(line_.size(), 0.0) {
  for (std::size_t i = 1; i < line_.size(); ++i) {
    down_[i] = down_[i - 1] + std::hypot(line_[i].y - line_[i - 1].y, line_[i].z - line_[i - 1].z);
  }
  for (const Body& b : spine.bodies) {
    const Vec wall = 0.5 * (b.corner(false, true) + b.corner(false, false));
    body_down_mm_.push_back(nearest(wall.y, wall.z).down_mm);
  }
  for (double s = 0; s < down_.back(); s += 1.0) lateral_.push_back(lateral_at(s));
  tabulate();
}

SagittalMap::At SagittalMap::nearest(double y, double z) const {
  const auto square = [&](std::size_t i) {
    const double a = y - line_[i].y;
    const double b = z - line_[i].z;
    return a * a + b * b;
  };
  std::size_t best = 0;
  for (std::size_t i = 0; i < line_.size(); i += 6) {
    if (square(i) < square(best)) best = i;
  }
  const std::size_t low = best < 6 ? 0 : best - 6;
  for (std::size_t i = low; i <= std::min(best + 6, line_.size() - 1); ++i) {
    if (square(i) < square(best)) best = i;
  }
  best = std::clamp<std::size_t>(best, 1, line_.size() - 2);
  const double ty = line_[best + 1].y - line_[best - 1].y;
  const double tz = line_[best + 1].z - line_[best - 1].z;
  const double length = std::hypot(ty, tz);
  const double along = ((y - line_[best].y) * ty + (z - line_[best].z) * tz) / length;
  // Down is -z, behind is +y: the normal is the tangent turned so that it points backwards.
  const double behind = ((y - line_[best].y) * -tz + (z - line_[best].z) * ty) / length;
  return {down_[best] + along, behind};
}

void SagittalMap::tabulate() {
  table_.resize(kColumns * rows_);
  for (std::size_t r = 0; r < rows_; ++r) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      table_[r * kColumns + c] =
          nearest(kLowY + kStepMm * static_cast<double>(c), kLowZ + kStepMm * static_cast<double>(r));
    }
  }
}

SagittalMap::At SagittalMap::at(double y, double z) const {
  const double fy = std::clamp((y - kLowY) / kStepMm, 0.0, static_cast<double>(kColumns) - 1.001);
  const double fz = std::clamp((z - kLowZ) / kStepMm, 0.0, static_cast<double>(rows_) - 1.001);
  const auto c = static_cast<std::size_t>(fy);
  const auto r = static_cast<std::size_t>(fz);
  const double a = fy - static_cast<double>(c);
  const double b = fz - static_cast<double>(r);
  const At* p = &table_[r * kColumns + c];
  const auto mix = [&](double At::*m) {
    return (1 - b) * ((1 - a) * p[0].*m + a * p[1].*m) +
           b * ((1 - a) * p[kColumns].*m + a * p[kColumns + 1].*m);
  };
  return {mix(&At::down_mm), mix(&At::behind_mm)};
}

double SagittalMap::lateral_at(double down_mm) const {
  const auto it = std::lower_bound(down_.begin(), down_.end(), down_mm);
  const auto i =
      static_cast<std::size_t>(std::clamp<long>(it - down_.begin(), 1, static_cast<long>(down_.size()) - 1));
  const double t = std::clamp((down_mm - down_[i - 1]) / (down_[i] - down_[i - 1]), 0.0, 1.0);
  return (1 - t) * line_[i - 1].x + t * line_[i].x;
}

std::size_t SagittalMap::body_above(double down_mm) const {
  const auto it = std::upper_bound(body_down_mm_.begin(), body_down_mm_.end(), down_mm);
  return it == body_down_mm_.begin() ? 0 : static_cast<std::size_t>(it - body_down_mm_.begin()) - 1;
}

double SagittalMap::line_y(double z) const {
  for (std::size_t i = 1; i < line_.size(); ++i) {
    if (line_[i].z <= z) return line_[i].y;
  }
  return line_.back().y;
}

}  // namespace ledd::phantom
