#include "ledd/spine_signal/slices.h"

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd::spine_signal {

std::array<long, 3> Slices::index(Offset voxel) const {
  std::array<long, 3> at{};
  for (unsigned a = 0; a < 3; ++a) {
    at[a] = static_cast<long>(voxel) % size[a];
    voxel /= static_cast<Offset>(size[a]);
  }
  return at;
}

Offset Slices::offset(const std::array<long, 3>& at) const {
  return static_cast<Offset>(at[0]) * stride[0] + static_cast<Offset>(at[1]) * stride[1] +
         static_cast<Offset>(at[2]) * stride[2];
}

int Slices::slice(Offset voxel) const {
  return static_cast<int>(voxel / stride[across] % static_cast<Offset>(size[across]));
}

Point Slices::centre_lps_mm(Offset voxel) const {
  const auto at = index(voxel);
  Point p = origin_lps_mm;
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned c = 0; c < 3; ++c) p[c] += static_cast<double>(at[a]) * spacing_mm[a] * axis_lps[a][c];
  return p;
}

double Slices::in_plane_mm() const {
  return std::max(spacing_mm[within[0]], spacing_mm[within[1]]);
}

Slices slices_of(const itk::ImageBase<3>& image) {
  Slices s;
  const auto axes = axes_of(image);
  unsigned next = 0;
  for (unsigned a = 0; a < 3; ++a) {
    if (axes[a] == Toward::kLeft || axes[a] == Toward::kRight)
      s.across = a;
    else
      s.within[next++ % 2] = a;
  }
  const auto& region = image.GetLargestPossibleRegion();
  Offset step = 1;
  itk::ImageBase<3>::PointType origin;
  image.TransformIndexToPhysicalPoint(region.GetIndex(), origin);
  for (unsigned a = 0; a < 3; ++a) {
    s.size[a] = static_cast<long>(region.GetSize(a));
    s.stride[a] = step;
    step *= region.GetSize(a);
    s.spacing_mm[a] = image.GetSpacing()[a];
    s.origin_lps_mm[a] = origin[a];
    for (unsigned row = 0; row < 3; ++row) s.axis_lps[a][row] = image.GetDirection()(row, a);
  }
  return s;
}

Point within_slice(const Slices& slices, const Point& direction_lps) {
  Point p{};
  double square = 0.0;
  for (const unsigned a : slices.within) {
    const Point& axis = slices.axis_lps[a];
    const double part = direction_lps[0] * axis[0] + direction_lps[1] * axis[1] + direction_lps[2] * axis[2];
    for (unsigned c = 0; c < 3; ++c) p[c] += part * axis[c];
    square += part * part;
  }
  if (!(square > 1e-6)) return {};
  for (double& c : p) c /= std::sqrt(square);
  return p;
}

double inside_mm(
    const Labels& labels, const Slices& slices, Offset voxel, const Point& direction_lps, double limit_mm) {
  const auto start = slices.index(voxel);
  const std::uint16_t id = labels.GetBufferPointer()[voxel];
  const double step_mm =
      0.25 * std::min(slices.spacing_mm[slices.within[0]], slices.spacing_mm[slices.within[1]]);
  std::array<double, 2> per_mm{};
  for (unsigned n = 0; n < 2; ++n) {
    const Point& axis = slices.axis_lps[slices.within[n]];
    per_mm[n] = (direction_lps[0] * axis[0] + direction_lps[1] * axis[1] + direction_lps[2] * axis[2]) /
                slices.spacing_mm[slices.within[n]];
  }
  auto at = start;
  for (double mm = step_mm; mm <= limit_mm; mm += step_mm) {
    for (unsigned n = 0; n < 2; ++n) {
      const unsigned a = slices.within[n];
      at[a] = start[a] + std::lround(per_mm[n] * mm);
      if (at[a] < 0 || at[a] >= slices.size[a]) return mm - 0.5 * step_mm;
    }
    if (labels.GetBufferPointer()[slices.offset(at)] != id) return mm - 0.5 * step_mm;
  }
  return limit_mm;
}

std::vector<Offset> voxels_of(const Labels& labels, std::uint16_t id) {
  std::vector<Offset> found;
  const Offset count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const std::uint16_t* label = labels.GetBufferPointer();
  for (Offset v = 0; v < count; ++v)
    if (label[v] == id) found.push_back(v);
  return found;
}

}  // namespace ledd::spine_signal
