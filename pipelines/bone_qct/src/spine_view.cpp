#include "spine_view.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/image/sampled.h"

namespace ledd::bone_qct {
namespace {

constexpr double kSliceMm = 3.0, kPixelMm = 1.0, kHalfWidthMm = 70.0, kMarginMm = 30.0;
constexpr double kLowHu = -150.0, kHighHu = 300.0, kFull = 255.0;
constexpr float kBoneHu = 200.0F, kMetalHu = 2000.0F;
constexpr std::size_t kFewestBone = 500;

struct Extent {
  Point low{}, high{};
};

Extent extent_of(const itk::ImageBase<3>& grid) {
  Extent extent;
  extent.low.fill(std::numeric_limits<double>::infinity());
  extent.high.fill(-std::numeric_limits<double>::infinity());
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::ContinuousIndex<double, 3> at;
    for (unsigned a = 0; a < 3; ++a) at[a] = (corner >> a & 1U) != 0 ? static_cast<double>(size[a] - 1) : 0.0;
    Volume::PointType p;
    grid.TransformContinuousIndexToPhysicalPoint(at, p);
    for (unsigned a = 0; a < 3; ++a) {
      extent.low[a] = std::min(extent.low[a], p[a]);
      extent.high[a] = std::max(extent.high[a], p[a]);
    }
  }
  return extent;
}

/// Where bone lies: the median from right to left (ribs and pelvis lie on both sides of the spine), and from
/// front to back all but a two-hundredth on either side.
struct Bone {
  double middle_x_mm = 0.0, front_mm = 0.0, back_mm = 0.0;
};

double ranked(std::vector<float>& values, double share) {
  const auto at = values.begin() + std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

Bone bone_in(const Volume& scan) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  std::vector<float> across, along;
  std::size_t n = 0;
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++n) {
        const float hu = scan.GetBufferPointer()[n];
        if (!(hu > kBoneHu && hu < kMetalHu) || (x + y + z) % 3 != 0) continue;  // every third is enough
        Volume::PointType p;
        scan.TransformIndexToPhysicalPoint(
            Volume::IndexType{{static_cast<long>(x), static_cast<long>(y), static_cast<long>(z)}}, p);
        across.push_back(static_cast<float>(p[0]));
        along.push_back(static_cast<float>(p[1]));
      }
  require(
      across.size() >= kFewestBone,
      Errc::kInput,
      fmt::format("no bone: only {} voxels lie between {} and {} HU", 3 * across.size(), kBoneHu, kMetalHu));
  return {ranked(across, 0.5), ranked(along, 0.005), ranked(along, 0.995)};
}

Volume::Pointer sagittal_grid(const Extent& extent, const Bone& bone) {
  const double low = std::max(extent.low[0], bone.middle_x_mm - kHalfWidthMm);
  const double high = std::min(extent.high[0], bone.middle_x_mm + kHalfWidthMm);
  const double front = std::max(extent.low[1], bone.front_mm - kMarginMm);
  const double back = std::min(extent.high[1], bone.back_mm + kMarginMm);
  const auto count = [](double length_mm, double step_mm) {
    return static_cast<itk::SizeValueType>(std::floor(std::max(0.0, length_mm) / step_mm)) + 1;
  };
  auto view = Volume::New();
  Volume::SizeType size;
  size[0] = count(back - front, kPixelMm);
  size[1] = count(extent.high[2] - extent.low[2], kPixelMm);
  size[2] = count(high - low, kSliceMm);
  Volume::DirectionType direction;
  direction.Fill(0.0);
  direction(1, 0) = 1.0;   // to the back
  direction(2, 1) = -1.0;  // to the feet
  direction(0, 2) = 1.0;   // to the left
  Volume::SpacingType spacing;
  spacing[0] = spacing[1] = kPixelMm;
  spacing[2] = kSliceMm;
  Volume::PointType origin;
  origin[0] = low;
  origin[1] = front;
  origin[2] = extent.high[2];
  view->SetRegions(size);
  view->SetSpacing(spacing);
  view->SetDirection(direction);
  view->SetOrigin(origin);
  view->Allocate();
  return view;
}

}  // namespace

Volume::Pointer spine_view(const Volume& scan) {
  const auto view = sagittal_grid(extent_of(scan), bone_in(scan));
  const Sampled<Volume> hu(scan);
  const auto size = view->GetLargestPossibleRegion().GetSize();
  const auto shade = [&](const Point& p) {
    double sum = 0.0;
    for (const double aside : {-kSliceMm / 3.0, 0.0, kSliceMm / 3.0}) {
      const Point q{p[0] + aside, p[1], p[2]};
      sum += hu.covers(q) ? hu.at(q) : kLowHu;
    }
    return kFull * std::clamp((sum / 3.0 - kLowHu) / (kHighHu - kLowHu), 0.0, 1.0);
  };
  const auto origin = view->GetOrigin();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2] * size[1]}, [&](std::size_t row) {
    const auto y = row % size[1], z = row / size[1];
    float* out = view->GetBufferPointer() + row * size[0];
    for (std::size_t x = 0; x < size[0]; ++x)
      out[x] = static_cast<float>(shade({origin[0] + static_cast<double>(z) * kSliceMm,
                                         origin[1] + static_cast<double>(x) * kPixelMm,
                                         origin[2] - static_cast<double>(y) * kPixelMm}));
  });
  return view;
}

}  // namespace ledd::bone_qct
