#include "geometry.h"

#include <algorithm>
#include <limits>

namespace ledd::canal {

Stack::Stack(const itk::ImageBase<3>& image) {
  const auto& matrix = image.GetDirection();
  const auto& region = image.GetLargestPossibleRegion();
  unsigned across = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::fabs(matrix(0, a)) > std::fabs(matrix(0, across))) across = a;
  const std::array<unsigned, 3> axes{across == 0 ? 1U : 0U, across == 2 ? 1U : 2U, across};
  std::array<std::size_t, 3> steps{1, region.GetSize(0), region.GetSize(0) * region.GetSize(1)};
  Volume::PointType first;
  image.TransformIndexToPhysicalPoint(region.GetIndex(), first);
  for (unsigned a = 0; a < 3; ++a) {
    origin_lps_mm[a] = first[a];
    direction[a] = {matrix(0, axes[a]), matrix(1, axes[a]), matrix(2, axes[a])};
    spacing_mm[a] = image.GetSpacing()[axes[a]];
    size[a] = static_cast<long>(region.GetSize(axes[a]));
    stride[a] = steps[axes[a]];
  }
}

Point Stack::in_stack(const Point& p_lps_mm) const {
  const Point d = sub(p_lps_mm, origin_lps_mm);
  return {dot(d, direction[0]), dot(d, direction[1]), dot(d, direction[2])};
}

Point Stack::lps(const Point& uvw_mm) const {
  Point p = origin_lps_mm;
  for (unsigned a = 0; a < 3; ++a) p = add(p, direction[a], uvw_mm[a]);
  return p;
}

double Stack::sample(const float* values, double u_mm, double v_mm, long k) const {
  const double u = u_mm / spacing_mm[0], v = v_mm / spacing_mm[1];
  const bool inside = k >= 0 && k < size[2] && u >= -0.5 && v >= -0.5 &&
                      u <= static_cast<double>(size[0]) - 0.5 && v <= static_cast<double>(size[1]) - 0.5;
  if (!inside) return std::numeric_limits<double>::quiet_NaN();
  const double uc = std::clamp(u, 0.0, static_cast<double>(size[0] - 1));
  const double vc = std::clamp(v, 0.0, static_cast<double>(size[1] - 1));
  const long i = std::min(static_cast<long>(uc), std::max(0L, size[0] - 2));
  const long j = std::min(static_cast<long>(vc), std::max(0L, size[1] - 2));
  const long i1 = std::min(i + 1, size[0] - 1), j1 = std::min(j + 1, size[1] - 1);
  const double a = uc - static_cast<double>(i), b = vc - static_cast<double>(j);
  const auto at = [&](long x, long y) { return static_cast<double>(values[offset(x, y, k)]); };
  return (1 - b) * ((1 - a) * at(i, j) + a * at(i1, j)) + b * ((1 - a) * at(i, j1) + a * at(i1, j1));
}

double Stack::sample(const float* values, const Point& p_lps_mm) const {
  const Point p = in_stack(p_lps_mm);
  const double w = p[2] / spacing_mm[2];
  if (!(w >= -0.5 && w <= static_cast<double>(size[2]) - 0.5))
    return std::numeric_limits<double>::quiet_NaN();
  const double wc = std::clamp(w, 0.0, static_cast<double>(size[2] - 1));
  const long k = std::min(static_cast<long>(wc), std::max(0L, size[2] - 2));
  const double c = wc - static_cast<double>(k);
  const double low = sample(values, p[0], p[1], k);
  return c > 0.0 ? (1 - c) * low + c * sample(values, p[0], p[1], k + 1) : low;
}

std::vector<double> gaussian(const std::vector<double>& values, double sigma) {
  const long reach = static_cast<long>(std::ceil(4.0 * sigma)), n = static_cast<long>(values.size());
  std::vector<double> weight(static_cast<std::size_t>(reach + 1));
  for (long d = 0; d <= reach; ++d)
    weight[static_cast<std::size_t>(d)] = std::exp(-0.5 * static_cast<double>(d * d) / (sigma * sigma));
  std::vector<double> out(values.size());
  for (long i = 0; i < n; ++i) {
    double sum = 0.0, total = 0.0;
    for (long d = -reach; d <= reach; ++d) {
      const double w = weight[static_cast<std::size_t>(std::labs(d))];
      sum += w * values[static_cast<std::size_t>(std::clamp(i + d, 0L, n - 1))];
      total += w;
    }
    out[static_cast<std::size_t>(i)] = sum / total;
  }
  return out;
}

Sheet gaussian_s(const Sheet& sheet, double sigma) {
  Sheet out(sheet.rows, sheet.columns);
  std::vector<double> line(sheet.rows);
  for (std::size_t t = 0; t < sheet.columns; ++t) {
    for (std::size_t s = 0; s < sheet.rows; ++s) line[s] = sheet(s, t);
    const auto smooth = gaussian(line, sigma);
    for (std::size_t s = 0; s < sheet.rows; ++s) out(s, t) = smooth[s];
  }
  return out;
}

Sheet gaussian_t(const Sheet& sheet, double sigma) {
  Sheet out(sheet.rows, sheet.columns);
  std::vector<double> line(sheet.columns);
  for (std::size_t s = 0; s < sheet.rows; ++s) {
    for (std::size_t t = 0; t < sheet.columns; ++t) line[t] = sheet(s, t);
    const auto smooth = gaussian(line, sigma);
    for (std::size_t t = 0; t < sheet.columns; ++t) out(s, t) = smooth[t];
  }
  return out;
}

double percentile(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const double at = percent / 100.0 * static_cast<double>(values.size() - 1);
  const auto i = static_cast<std::size_t>(at);
  const auto j = std::min(i + 1, values.size() - 1);
  return values[i] + (at - static_cast<double>(i)) * (values[j] - values[i]);
}

}  // namespace ledd::canal
