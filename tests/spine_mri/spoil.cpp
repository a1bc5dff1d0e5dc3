#include "spoil.h"

#include <itkLinearInterpolateImageFunction.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace ledd::spoil {
namespace {

constexpr double kSkinShare = 0.1;  // of the 99th percentile: the first and last such voxel of a row are skin
constexpr double kRimRadius = 1.2;  // the piled-up signal lies from 1 to here
constexpr double kUndisturbed = 1.5;  // nothing is bent beyond
constexpr double kPileUp = 1.8;       // times the tissue's own signal

bool runs_along(Toward axis, Toward along) {
  const auto opposite = [](Toward t) {
    switch (t) {
      case Toward::kLeft: return Toward::kRight;
      case Toward::kRight: return Toward::kLeft;
      case Toward::kAnterior: return Toward::kPosterior;
      case Toward::kPosterior: return Toward::kAnterior;
      case Toward::kSuperior: return Toward::kInferior;
      default: return Toward::kSuperior;
    }
  };
  return axis == along || axis == opposite(along);
}

Volume::Pointer copy_of(const Volume& scan) {
  auto copy = Volume::New();
  copy->CopyInformation(&scan);
  copy->SetRegions(scan.GetLargestPossibleRegion());
  copy->Allocate();
  std::copy_n(
      scan.GetBufferPointer(), scan.GetLargestPossibleRegion().GetNumberOfPixels(), copy->GetBufferPointer());
  return copy;
}

/// Distance from the ellipsoid's centre in radii.
double radii_away(const Volume::PointType& p, const Ellipsoid& e) {
  double square = 0.0;
  for (unsigned a = 0; a < 3; ++a) {
    const double share = (p[a] - e.centre_lps_mm[a]) / e.radii_lps_mm[a];
    square += share * share;
  }
  return std::sqrt(square);
}

/// Calls change(voxel, point, radii away) for every voxel nearer than `reach` radii.
template <class Change>
void for_voxels_near(Volume& scan, const Ellipsoid& e, double reach, const Change& change) {
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    Volume::PointType p;
    scan.TransformIndexToPhysicalPoint(scan.ComputeIndex(static_cast<long>(n)), p);
    if (const double away = radii_away(p, e); away < reach) change(scan.GetBufferPointer()[n], p, away);
  }
}

}  // namespace

Volume::Pointer kept(const Volume& scan, Toward along, std::size_t first, std::size_t count) {
  const auto axes = axes_of(scan);
  unsigned axis = 0;
  while (!runs_along(axes[axis], along)) ++axis;
  auto size = scan.GetLargestPossibleRegion().GetSize();
  Volume::IndexType start{};
  start[axis] = static_cast<long>(axes[axis] == along ? first : size[axis] - first - count);
  size[axis] = count;
  auto part = Volume::New();
  part->CopyInformation(&scan);
  part->SetRegions(size);
  Volume::PointType origin;
  scan.TransformIndexToPhysicalPoint(start, origin);
  part->SetOrigin(origin);
  part->Allocate();
  for (std::size_t n = 0; n < part->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    auto at = part->ComputeIndex(static_cast<long>(n));
    at[axis] += start[axis];
    part->GetBufferPointer()[n] = scan.GetPixel(at);
  }
  return part;
}

Volume::Pointer inverted(const Volume& scan) {
  auto result = copy_of(scan);
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<float> sorted(scan.GetBufferPointer(), scan.GetBufferPointer() + count);
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(count));
  std::nth_element(sorted.begin(), place, sorted.end());
  const float top = *place, skin = static_cast<float>(kSkinShare) * top;
  const std::size_t line = scan.GetLargestPossibleRegion().GetSize()[0];
  for (float* row = result->GetBufferPointer(); row < result->GetBufferPointer() + count; row += line) {
    const auto in_body = [&](float v) { return v > skin; };
    float* first = std::find_if(row, row + line, in_body);
    float* end =
        std::find_if(std::reverse_iterator(row + line), std::reverse_iterator(first), in_body).base();
    std::for_each(first, end, [&](float& v) { v = std::max(0.0F, top - v); });
  }
  return result;
}

Volume::Pointer blanked(const Volume& scan, const Ellipsoid& hole) {
  auto result = copy_of(scan);
  for_voxels_near(*result, hole, 1.0, [](float& voxel, const auto&, double) { voxel = 0.0F; });
  return result;
}

Volume::Pointer with_metal(const Volume& scan, const Ellipsoid& metal) {
  auto result = copy_of(scan);
  const auto source = itk::LinearInterpolateImageFunction<Volume, double>::New();
  source->SetInputImage(&scan);
  for_voxels_near(*result, metal, kUndisturbed, [&](float& voxel, const auto& p, double away) {
    if (away < 1.0) {
      voxel = 0.0F;
      return;
    }
    const double from =
        kUndisturbed * (away - 1.0) / (kUndisturbed - 1.0);  // 1..1.5 holds what was in 0..1.5
    Volume::PointType q;
    for (unsigned a = 0; a < 3; ++a)
      q[a] = metal.centre_lps_mm[a] + (p[a] - metal.centre_lps_mm[a]) * from / away;
    if (!source->IsInsideBuffer(q)) return;
    voxel = static_cast<float>(source->Evaluate(q) * (away < kRimRadius ? kPileUp : 1.0));
  });
  return result;
}

}  // namespace ledd::spoil
