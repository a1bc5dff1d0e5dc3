#include <algorithm>
#include <cmath>

#include "ledd/isosurface/isosurface.h"

namespace ledd {

FieldSampler::FieldSampler(const Volume& field) : values_(field.GetBufferPointer()) {
  const auto& region = field.GetLargestPossibleRegion();
  const auto inverse = field.GetInverseDirection();
  Volume::PointType first;
  field.TransformIndexToPhysicalPoint(region.GetIndex(), first);
  for (unsigned a = 0; a < 3; ++a) {
    size_[a] = static_cast<long>(region.GetSize(a));
    origin_lps_mm_[a] = first[a];
    for (unsigned b = 0; b < 3; ++b) {
      to_point_[a][b] = field.GetDirection()(a, b) * field.GetSpacing()[b];
      to_index_[a][b] = inverse(a, b) / field.GetSpacing()[a];
    }
  }
}

Point FieldSampler::index_of(const Point& p) const {
  Point index{};
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 3; ++b) index[a] += to_index_[a][b] * (p[b] - origin_lps_mm_[b]);
  return index;
}

Point FieldSampler::point_of(const Point& index) const {
  Point p = origin_lps_mm_;
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 3; ++b) p[a] += to_point_[a][b] * index[b];
  return p;
}

bool FieldSampler::inside(const Point& p) const {
  const Point index = index_of(p);
  for (unsigned a = 0; a < 3; ++a)
    if (!(index[a] >= -0.5 && index[a] <= static_cast<double>(size_[a]) - 0.5)) return false;
  return true;
}

double FieldSampler::at(const Point& index) const {
  std::array<long, 3> low{}, high{};
  Point part{};
  for (unsigned a = 0; a < 3; ++a) {
    const double x = std::clamp(index[a], 0.0, static_cast<double>(size_[a] - 1));
    low[a] = std::min(static_cast<long>(x), size_[a] - 1);
    high[a] = std::min(low[a] + 1, size_[a] - 1);
    part[a] = x - static_cast<double>(low[a]);
  }
  const auto row = [&](long j, long k) {
    const float* line = values_ + (k * size_[1] + j) * size_[0];
    return (1.0 - part[0]) * double{line[low[0]]} + part[0] * double{line[high[0]]};
  };
  const double near = (1.0 - part[1]) * row(low[1], low[2]) + part[1] * row(high[1], low[2]);
  const double far = (1.0 - part[1]) * row(low[1], high[2]) + part[1] * row(high[1], high[2]);
  return (1.0 - part[2]) * near + part[2] * far;
}

double FieldSampler::value(const Point& p) const {
  return at(index_of(p));
}

Point FieldSampler::gradient(const Point& p) const {
  const Point index = index_of(p);
  Point slope{}, gradient{};
  for (unsigned a = 0; a < 3; ++a) {
    Point before = index, after = index;
    before[a] -= 0.5;
    after[a] += 0.5;
    slope[a] = at(after) - at(before);
  }
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 3; ++b) gradient[a] += to_index_[b][a] * slope[b];
  return gradient;
}

}  // namespace ledd
