#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cmath>

#include "ledd/mesh/mesh_tree.h"

#include "parts.h"

namespace ledd::knee {
namespace {

template <class Image>
typename Image::Pointer like(const Labels& labels) {
  auto image = Image::New();
  image->CopyInformation(&labels);
  image->SetRegions(labels.GetLargestPossibleRegion());
  image->Allocate(true);
  return image;
}

void fill_plate(const Labels& labels,
                const CartilageLayer& layer,
                const std::vector<std::uint16_t>& regions,
                const CartilageLayer::Plate& plate,
                CartilageResult& result) {
  std::vector<std::uint8_t> keep(layer.plate.size());
  for (std::size_t v = 0; v < keep.size(); ++v) keep[v] = layer.plate[v] == plate.id ? 1 : 0;
  const MeshPart part = part_of(layer.bone, keep);
  const MeshTree tree(part.mesh);
  const std::uint16_t* id = labels.GetBufferPointer();
  std::vector<std::size_t> voxels;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (id[n] == plate.id) voxels.push_back(n);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, voxels.size()), [&](const auto& range) {
    for (std::size_t m = range.begin(); m < range.end(); ++m) {
      Labels::PointType p;
      labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(voxels[m])), p);
      const auto nearest = tree.nearest({p[0], p[1], p[2]});
      if (!nearest) continue;
      const std::uint32_t v = part.from[nearest->vertex];
      result.region_map->GetBufferPointer()[voxels[m]] = regions[v];
      result.thickness_map->GetBufferPointer()[voxels[m]] = static_cast<float>(layer.thickness_mm[v]);
    }
  });
}

}  // namespace

std::map<std::uint16_t, double> fill_maps(const Labels& labels, CartilageResult& result) {
  result.region_map = like<Labels>(labels);
  result.thickness_map = like<Volume>(labels);
  std::map<std::uint16_t, double> volumes;
  for (std::size_t n = 0; n < result.layers.size(); ++n)
    for (const auto& plate : result.layers[n].plates)
      fill_plate(labels, result.layers[n], result.regions[n], plate, result);
  const auto spacing = labels.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<std::size_t> counts(std::size_t{65536}, 0);
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint16_t region = result.region_map->GetBufferPointer()[n];
    if (region != kNone) ++counts[region];
  }
  for (const RegionSet& set : region_sets())
    for (const std::uint16_t part : set.parts) volumes[part] = static_cast<double>(counts[part]) * voxel_mm3;
  return volumes;
}

}  // namespace ledd::knee
