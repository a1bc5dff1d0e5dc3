#include "ledd/trabecular_structure/trabecular_structure.h"

#include <tbb/parallel_for.h>

#include "ledd/core/error.h"
#include "ledd/local_thickness/local_thickness.h"
#include "ledd/morphology/morphology.h"
#include "ledd/trabecular_structure/connectivity.h"

#include "box.h"

namespace ledd {
namespace {

using namespace trabeculae;

template <class Image>
typename Image::Pointer cut_out(const Image& image, const Box& box) {
  const Size from = size_of(image), size = box.size();
  auto part = Image::New();
  typename Image::RegionType region;
  for (unsigned a = 0; a < 3; ++a) region.SetSize(a, static_cast<itk::SizeValueType>(size[a]));
  part->SetRegions(region);
  part->SetSpacing(image.GetSpacing());
  part->SetDirection(image.GetDirection());
  typename Image::PointType origin;
  image.TransformIndexToPhysicalPoint(typename Image::IndexType{{box.lo[0], box.lo[1], box.lo[2]}}, origin);
  part->SetOrigin(origin);
  part->Allocate();
  tbb::parallel_for(0, size[2], [&](int z) {
    for (int y = 0; y < size[1]; ++y)
      std::copy_n(image.GetBufferPointer() + offset(from, box.lo[0], box.lo[1] + y, box.lo[2] + z),
                  size[0],
                  part->GetBufferPointer() + offset(size, 0, y, z));
  });
  return part;
}

/// The part of the image that spheres can lie in.
struct Scene {
  Box box{};
  Mask::Pointer bone, own_bone, own_marrow, background;
};

std::size_t voxels_of(const Mask& mask) {
  return mask.GetLargestPossibleRegion().GetNumberOfPixels();
}

void require_apart(const Mask& trabecular, const Mask& cortical) {
  const std::uint8_t *tb = trabecular.GetBufferPointer(), *ct = cortical.GetBufferPointer();
  const std::size_t count = voxels_of(trabecular);
  for (std::size_t n = 0; n < count; ++n)
    if (tb[n] != 0 && ct[n] != 0)
      throw Error(Errc::kInput, "a voxel is of the trabecular and of the cortical compartment");
}

Scene scene_of(const TrabecularStructure::Input& input) {
  Scene scene;
  const Size size = size_of(input.bone);
  scene.box = {{0, 0, 0}, {size[0] - 1, size[1] - 1, size[2] - 1}};
  const auto own = box_of(input.trabecular), cortex = box_of(input.cortical);
  require(own.has_value(), Errc::kInput, "the trabecular compartment is empty");
  if (cortex)
    for (unsigned a = 0; a < 3; ++a) {
      scene.box.lo[a] = std::max(std::min(own->lo[a], cortex->lo[a]) - 3, 0);
      scene.box.hi[a] = std::min(std::max(own->hi[a], cortex->hi[a]) + 3, size[a] - 1);
    }
  scene.bone = cut_out(input.bone, scene.box);
  const auto tb = cut_out(input.trabecular, scene.box), ct = cut_out(input.cortical, scene.box);
  scene.own_bone = morphology::empty_like(*scene.bone);
  scene.own_marrow = morphology::empty_like(*scene.bone);
  scene.background = morphology::empty_like(*scene.bone);
  for (std::size_t n = 0; n < voxels_of(*scene.bone); ++n) {
    const bool solid = scene.bone->GetBufferPointer()[n] != 0, inner = tb->GetBufferPointer()[n] != 0;
    scene.own_bone->GetBufferPointer()[n] = solid && inner ? 1 : 0;
    scene.own_marrow->GetBufferPointer()[n] = !solid && inner ? 1 : 0;
    scene.background->GetBufferPointer()[n] =
        !solid && (!cortex || inner || ct->GetBufferPointer()[n] != 0) ? 1 : 0;
  }
  return scene;
}

std::optional<TrabecularStructure::Spread> spread_of(const ThicknessStatistics& statistics) {
  if (statistics.voxels == 0) return std::nullopt;
  return TrabecularStructure::Spread{statistics.mean_mm, statistics.sd_mm};
}

/// A map of the scene on the whole grid, where `own` is set.
Volume::Pointer put_back(const itk::ImageBase<3>& grid, const Box& box, const Volume* map, const Mask& own) {
  auto whole = Volume::New();
  whole->CopyInformation(&grid);
  whole->SetRegions(grid.GetLargestPossibleRegion());
  whole->Allocate(true);
  if (map == nullptr) return whole;
  const Size size = box.size(), to = size_of(grid);
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y) {
      const std::size_t from = offset(size, 0, y, z);
      float* const out = whole->GetBufferPointer() + offset(to, box.lo[0], box.lo[1] + y, box.lo[2] + z);
      for (int x = 0; x < size[0]; ++x)
        if (const std::size_t n = from + static_cast<std::size_t>(x); own.GetBufferPointer()[n] != 0)
          out[x] = map->GetBufferPointer()[n];
    }
  return whole;
}

void measure_thickness(const Scene& scene,
                       const Mask& grid,
                       TrabecularStructure::Result& result,
                       Context& context) {
  std::optional<LocalThickness::Result> solid;
  if (morphology::count(*scene.own_bone) > 0 && morphology::count(*scene.bone) < voxels_of(*scene.bone))
    solid = LocalThickness()(*scene.bone, context);
  result.thickness_mm =
      put_back(grid, scene.box, solid ? solid->thickness_mm.GetPointer() : nullptr, *scene.own_bone);
  if (!solid) return;
  result.th = spread_of(statistics_of(*solid->thickness_mm, scene.own_bone));
  const auto apart = mid_axis_spacing(*scene.bone, solid->mid_axis, context);
  const auto own = cut_out(grid, scene.box);
  result.mid_axes = spread_of(statistics_of(*apart, own));
}

void measure_separation(const Scene& scene,
                        const Mask& grid,
                        TrabecularStructure::Result& result,
                        Context& context) {
  std::optional<LocalThickness::Result> marrow;
  const std::size_t own = morphology::count(*scene.own_marrow);
  if (own > 0 && morphology::count(*scene.background) < voxels_of(*scene.background))
    marrow = LocalThickness({.border = LocalThickness::Border::kComplete})(*scene.background, context);
  result.separation_mm =
      put_back(grid, scene.box, marrow ? marrow->thickness_mm.GetPointer() : nullptr, *scene.own_marrow);
  if (!marrow) return;
  const auto statistics = statistics_of(*marrow->thickness_mm, scene.own_marrow);
  result.sp = spread_of(statistics);
  result.without_separation = static_cast<double>(statistics.without) / static_cast<double>(own);
}

}  // namespace

TrabecularStructure::Result TrabecularStructure::operator()(const Input& input, Context& context) const {
  require_same_grid(input.bone, input.trabecular, "bone and trabecular compartment");
  require_same_grid(input.bone, input.cortical, "bone and cortical compartment");
  require_apart(input.trabecular, input.cortical);
  context.throw_if_cancelled();
  const Scene scene = scene_of(input);
  const auto& spacing = input.bone.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  Result result;
  result.tv_mm3 = voxel_mm3 * static_cast<double>(morphology::count(input.trabecular));
  result.bv_mm3 = voxel_mm3 * static_cast<double>(morphology::count(*scene.own_bone));
  result.euler = euler_number(input.bone, input.trabecular);
  const BoneSurface surface = bone_surface(input.bone, input.trabecular);
  result.bs_mm2 = surface.area_mm2;
  if (surface.area_mm2 > 0.0)
    result.smi = 6.0 * result.bv_mm3 * surface.growth_mm / (surface.area_mm2 * surface.area_mm2);
  result.mil = mean_intercept_length(surface, result.tv_mm3);
  context.throw_if_cancelled();
  measure_thickness(scene, input.trabecular, result, context);
  context.throw_if_cancelled();
  measure_separation(scene, input.trabecular, result, context);
  return result;
}

}  // namespace ledd
