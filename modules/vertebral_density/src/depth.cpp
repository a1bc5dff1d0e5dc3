#include "depth.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/image/sampled.h"
#include "ledd/morphology/morphology.h"

namespace ledd::vertebral_density {
namespace {

constexpr double kFineMm = 1.0, kMarginMm = 3.0;
constexpr double kThinnestMm = 4.0;  // radius; a pedicle less its shell is thinner

Volume::Pointer fine_grid(const Labels& labels, const Box& box) {
  auto grid = Volume::New();
  Volume::SizeType size;
  Volume::SpacingType spacing;
  itk::ContinuousIndex<double, 3> first;
  for (unsigned a = 0; a < 3; ++a) {
    const double voxel_mm = labels.GetSpacing()[a];
    const double extent_mm = static_cast<double>(box.last[a] - box.first[a]) * voxel_mm + 2.0 * kMarginMm;
    size[a] = static_cast<itk::SizeValueType>(std::ceil(extent_mm / kFineMm)) + 1;
    spacing[a] = kFineMm;
    first[a] = static_cast<double>(box.first[a]) - 0.5 - kMarginMm / voxel_mm;
  }
  Labels::PointType origin;
  labels.TransformContinuousIndexToPhysicalPoint(first, origin);
  grid->SetRegions(size);
  grid->SetSpacing(spacing);
  grid->SetDirection(labels.GetDirection());
  grid->SetOrigin(origin);
  grid->Allocate();
  return grid;
}

/// Calls `body` with the index, the number and the place of every voxel, slices in parallel.
template <class Body>
void for_voxels(const itk::ImageBase<3>& grid, const Body& body) {
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    std::size_t n = z * size[0] * size[1];
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++n) {
        Volume::PointType p;
        grid.TransformIndexToPhysicalPoint(
            Volume::IndexType{{static_cast<long>(x), static_cast<long>(y), static_cast<long>(z)}}, p);
        body(n, Point{p[0], p[1], p[2]});
      }
  });
}

}  // namespace

Volume::Pointer depth_mm(const Labels& labels, const Volume* inside, std::uint16_t id, const Box& box) {
  const auto grid = fine_grid(labels, box);
  const auto outside = morphology::empty_like(*grid);
  const Sampled<Labels> label(labels);
  const auto is_within = [&](const Point& p) {
    // A label of a neighbour ends this body; where nobody is, `inside` says how near the surface is.
    const double own = label.share_of(id, p);
    return own > 0.0 && (inside == nullptr ? own >= 0.5 : own + label.share_of(0, p) >= 0.5);
  };
  const Sampled<Volume> soft(inside != nullptr ? *inside : *grid);
  for_voxels(*grid, [&](std::size_t n, const Point& p) {
    const bool within = is_within(p) && (inside == nullptr || soft.at(p) >= 0.5);
    outside->GetBufferPointer()[n] = within ? 0 : 1;
  });
  const auto depth = morphology::distance_mm(*outside);
  const std::size_t count = depth->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)  // from the voxel's border, not its centre
    depth->GetBufferPointer()[n] =
        std::max(0.0F, depth->GetBufferPointer()[n] - static_cast<float>(0.5 * kFineMm));
  return depth;
}

Mask::Pointer largest_deep_part(const Volume& depth_mm, double least_mm) {
  const auto deep = morphology::empty_like(depth_mm);
  const std::size_t count = deep->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    deep->GetBufferPointer()[n] = static_cast<double>(depth_mm.GetBufferPointer()[n]) >= least_mm ? 1 : 0;
  const auto thick = morphology::open(*deep, kThinnestMm, morphology::Beyond::kOutside);
  return morphology::largest_part(*thick, morphology::Neighbours::kFaces);
}

}  // namespace ledd::vertebral_density
