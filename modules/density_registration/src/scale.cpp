#include "scale.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/smoothing/smoothing.h"

namespace ledd::registration {
namespace {

constexpr double kCoarsestMm = 0.5;
constexpr long kShortest = 8;  ///< Slices that must remain.

Volume::Pointer blank(const std::array<long, 3>& size, double voxel_mm) {
  auto image = Volume::New();
  image->SetRegions(Volume::SizeType{static_cast<std::size_t>(size[0]),
                                     static_cast<std::size_t>(size[1]),
                                     static_cast<std::size_t>(size[2])});
  Volume::SpacingType spacing;
  spacing.Fill(voxel_mm);
  image->SetSpacing(spacing);
  image->Allocate();
  return image;
}

std::array<long, 3> size_of(const itk::ImageBase<3>& image) {
  const auto s = image.GetLargestPossibleRegion().GetSize();
  return {static_cast<long>(s[0]), static_cast<long>(s[1]), static_cast<long>(s[2])};
}

/// Means of 2 x 2 x 2 voxels; an odd last one is left out.
Volume::Pointer halved(const Volume& fine) {
  const auto n = size_of(fine);
  const std::array<long, 3> size{n[0] / 2, n[1] / 2, n[2] / 2};
  auto coarse = blank(size, 2.0 * fine.GetSpacing()[0]);
  tbb::parallel_for(0L, size[2], [&](long z) {
    for (long y = 0; y < size[1]; ++y)
      for (long x = 0; x < size[0]; ++x) {
        float sum = 0.0F;
        for (long k = 0; k < 8; ++k)
          sum += fine.GetBufferPointer()[((2 * z + k / 4) * n[1] + 2 * y + k / 2 % 2) * n[0] + 2 * x + k % 2];
        coarse->GetBufferPointer()[(z * size[1] + y) * size[0] + x] = sum / 8.0F;
      }
  });
  return coarse;
}

/// Density and derivative at a voxel that has all six neighbours.
Sample sample(const Scale& s, long x, long y, long z) {
  const float* const d = s.density->GetBufferPointer();
  const auto slope = static_cast<float>(0.5 / s.voxel_mm);
  Sample one{};
  one.at_mm = {s.first_mm + s.voxel_mm * static_cast<double>(x),
               s.first_mm + s.voxel_mm * static_cast<double>(y),
               s.first_mm + s.voxel_mm * static_cast<double>(z)};
  one.density = d[s.index(x, y, z)];
  one.slope_per_mm = {slope * (d[s.index(x + 1, y, z)] - d[s.index(x - 1, y, z)]),
                      slope * (d[s.index(x, y + 1, z)] - d[s.index(x, y - 1, z)]),
                      slope * (d[s.index(x, y, z + 1)] - d[s.index(x, y, z - 1)])};
  return one;
}

/// A place, or one a voxel of the scale away, is bone: the rim tells most.
bool at_bone(const Mask& mask, const Point& p, double voxel_mm) {
  if (inside(mask, p)) return true;
  for (unsigned axis = 0; axis < 2; ++axis)
    for (const double step : {-voxel_mm, voxel_mm}) {
      Point q = p;
      q[axis] += step;
      if (inside(mask, q)) return true;
    }
  return false;
}

}  // namespace

bool inside(const Mask& mask, const Point& p) {
  const auto size = size_of(mask);
  const double voxel = mask.GetSpacing()[0];
  std::array<long, 3> n{};
  for (unsigned a = 0; a < 3; ++a) {
    n[a] = std::lround(p[a] / voxel);
    if (n[a] < 0 || n[a] >= size[a]) return false;
  }
  return mask.GetBufferPointer()[(n[2] * size[1] + n[1]) * size[0] + n[0]] != 0;
}

bool Scale::at(const Point& p, float& value) const {
  std::array<long, 3> n{};
  std::array<float, 3> w{};
  for (unsigned a = 0; a < 3; ++a) {
    const double t = (p[a] - first_mm) / voxel_mm;
    const double low = std::floor(t);
    if (!(low >= 0.0) || !(low < static_cast<double>(size[a] - 1))) return false;
    n[a] = static_cast<long>(low);
    w[a] = static_cast<float>(t - low);
  }
  const float* const d = density->GetBufferPointer() + index(n[0], n[1], n[2]);
  const long row = size[0], slice = size[0] * size[1];
  const auto along_x = [&](const float* at) { return at[0] + w[0] * (at[1] - at[0]); };
  const auto in_slice = [&](const float* at) {
    const float a = along_x(at);
    return a + w[1] * (along_x(at + row) - a);
  };
  const float a = in_slice(d);
  value = a + w[2] * (in_slice(d + slice) - a);
  return true;
}

std::vector<Scale> scales_of(const Volume& density) {
  std::vector<Scale> scales;
  const double voxel = density.GetSpacing()[0];
  Volume::ConstPointer raw = &density;
  for (double edge = voxel; scales.size() < 2 || edge <= kCoarsestMm; edge *= 2.0) {
    if (!scales.empty()) {
      if (size_of(*raw)[2] / 2 < kShortest) break;
      raw = halved(*raw);
    }
    Scale scale;
    scale.density = gaussian(*raw, edge);
    scale.voxel_mm = edge;
    scale.first_mm = 0.5 * (edge - voxel);
    scale.size = size_of(*raw);
    scales.push_back(scale);
  }
  return scales;
}

std::vector<Sample> samples_of(const Scale& scale, const Mask& periosteal, std::size_t most) {
  const auto& n = scale.size;
  std::vector<std::vector<Sample>> slices(static_cast<std::size_t>(n[2]));
  tbb::parallel_for(1L, n[2] - 1, [&](long z) {
    for (long y = 1; y < n[1] - 1; ++y)
      for (long x = 1; x < n[0] - 1; ++x) {
        const Point p{scale.first_mm + scale.voxel_mm * static_cast<double>(x),
                      scale.first_mm + scale.voxel_mm * static_cast<double>(y),
                      scale.first_mm + scale.voxel_mm * static_cast<double>(z)};
        if (at_bone(periosteal, p, scale.voxel_mm))
          slices[static_cast<std::size_t>(z)].push_back(sample(scale, x, y, z));
      }
  });
  std::size_t count = 0;
  for (const auto& slice : slices) count += slice.size();
  const std::size_t every = count / std::max<std::size_t>(most, 1) + 1;
  std::vector<Sample> all;
  all.reserve(count / every + 1);
  std::size_t n_seen = 0;
  for (const auto& slice : slices)
    for (const Sample& one : slice)
      if (n_seen++ % every == 0) all.push_back(one);
  return all;
}

}  // namespace ledd::registration
