#include "working_grid.h"

#include <tbb/parallel_for.h>

#include <algorithm>

namespace ledd::hip {

std::vector<Point> directions(std::size_t count) {
  std::vector<Point> all;
  all.reserve(count);
  const double golden = M_PI * (3.0 - std::sqrt(5.0));
  for (std::size_t n = 0; n < count; ++n) {
    const double z = 1.0 - (2.0 * static_cast<double>(n) + 1.0) / static_cast<double>(count);
    const double r = std::sqrt(1.0 - z * z), turn = golden * static_cast<double>(n);
    all.push_back({r * std::cos(turn), r * std::sin(turn), z});
  }
  return all;
}

Sampler::Sampler(const Volume& image) : value_(image.GetBufferPointer()) {
  const auto& inverse = image.GetInverseDirection();
  for (unsigned a = 0; a < 3; ++a) {
    size_[a] = static_cast<long>(image.GetLargestPossibleRegion().GetSize(a));
    origin_[a] = image.GetOrigin()[a];
    for (unsigned b = 0; b < 3; ++b) to_index_[a][b] = inverse(a, b) / image.GetSpacing()[a];
  }
}

float Sampler::operator()(const Point& p_lps_mm) const {
  const Point d = p_lps_mm - origin_;
  std::array<long, 3> low{}, step{1, size_[0], size_[0] * size_[1]};
  std::array<float, 3> part{};
  long first = 0;
  for (unsigned a = 0; a < 3; ++a) {
    const double at = dot(to_index_[a], d), last = static_cast<double>(size_[a] - 1);
    if (!(at >= -0.5 && at <= last + 0.5)) return kUnseen;
    const double within = std::clamp(at, 0.0, last);
    low[a] = std::min(static_cast<long>(within), std::max(size_[a] - 2, 0L));
    part[a] = static_cast<float>(within - static_cast<double>(low[a]));
    first += low[a] * step[a];
    if (size_[a] == 1) step[a] = 0;
  }
  const auto row = [&](long at) { return value_[at] + part[0] * (value_[at + step[0]] - value_[at]); };
  const auto plane = [&](long at) {
    const float a = row(at), b = row(at + step[1]);
    return a + part[1] * (b - a);
  };
  const float a = plane(first), b = plane(first + step[2]);
  const float value = a + part[2] * (b - a);
  return std::isfinite(value) ? std::max(value, kUnseen) : kUnseen;
}

Box extent_of(const itk::ImageBase<3>& image) {
  Box box{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
  const auto size = image.GetLargestPossibleRegion().GetSize();
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::ContinuousIndex<double, 3> at;
    for (unsigned a = 0; a < 3; ++a)
      at[a] = (corner >> a & 1U) != 0 ? static_cast<double>(size[a]) - 0.5 : -0.5;
    itk::Point<double, 3> p;
    image.TransformContinuousIndexToPhysicalPoint(at, p);
    for (unsigned a = 0; a < 3; ++a) {
      box.low_lps_mm[a] = std::min(box.low_lps_mm[a], p[a]);
      box.high_lps_mm[a] = std::max(box.high_lps_mm[a], p[a]);
    }
  }
  return box;
}

Volume::Pointer cubes(const Box& box, double edge_mm) {
  auto grid = Volume::New();
  Volume::SizeType size;
  Volume::PointType origin;
  Volume::SpacingType spacing;
  for (unsigned a = 0; a < 3; ++a) {
    const double count = std::floor((box.high_lps_mm[a] - box.low_lps_mm[a]) / edge_mm);
    size[a] = static_cast<std::size_t>(std::max(1.0, count));
    origin[a] = box.low_lps_mm[a] + 0.5 * edge_mm;
    spacing[a] = edge_mm;
  }
  grid->SetRegions(size);
  grid->SetOrigin(origin);
  grid->SetSpacing(spacing);
  grid->Allocate(true);
  return grid;
}

Volume::Pointer resampled(const Volume& image, const Box& box, double edge_mm) {
  const auto grid = cubes(box, edge_mm);
  const Sampler sample(image);
  const auto size = grid->GetLargestPossibleRegion().GetSize();
  float* const out = grid->GetBufferPointer();
  const double q = 0.25 * edge_mm;
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * size[0] * size[1]; n < (z + 1) * size[0] * size[1]; ++n) {
      const Point p = place_of(*grid, n);
      float sum = 0.0F;
      bool seen = true;
      for (unsigned corner = 0; corner < 8 && seen; ++corner) {
        const float value = sample(
            p + Point{(corner & 1U) != 0 ? q : -q, (corner & 2U) != 0 ? q : -q, (corner & 4U) != 0 ? q : -q});
        seen = value > kUnseen;
        sum += value;
      }
      out[n] = seen ? sum / 8.0F : kUnseen;
    }
  });
  return grid;
}

Point place_of(const itk::ImageBase<3>& grid, std::size_t voxel) {
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  const std::array<std::size_t, 3> at{
      voxel % size[0], voxel / size[0] % size[1], voxel / (size[0] * size[1])};
  Point p{};
  for (unsigned a = 0; a < 3; ++a)
    p[a] = grid.GetOrigin()[a] + grid.GetSpacing()[a] * static_cast<double>(at[a]);
  return p;
}

}  // namespace ledd::hip
