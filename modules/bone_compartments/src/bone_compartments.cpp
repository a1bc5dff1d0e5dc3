#include "ledd/bone_compartments/bone_compartments.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"
#include "ledd/smoothing/smoothing.h"

#include "crop.h"

namespace ledd {
namespace {

using morphology::Beyond;
using morphology::Neighbours;

/// A mask by a rule on the voxel's number.
template <class Rule>
Mask::Pointer where(const itk::ImageBase<3>& grid, const Rule& rule) {
  auto mask = morphology::empty_like(grid);
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  std::uint8_t* const out = mask->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) out[n] = rule(n) ? 1 : 0;
  });
  return mask;
}

/// Voxels are cubes, or nearly: the plane's spacing is the measure.
double voxel_mm(const itk::ImageBase<3>& image) {
  return image.GetSpacing()[0];
}

Volume::Pointer as_volume(const Mask& mask) {
  auto volume = Volume::New();
  volume->CopyInformation(&mask);
  volume->SetRegions(mask.GetLargestPossibleRegion());
  volume->Allocate();
  std::copy_n(mask.GetBufferPointer(),
              mask.GetLargestPossibleRegion().GetNumberOfPixels(),
              volume->GetBufferPointer());
  return volume;
}

Mask::Pointer outer_outline(const Volume& smooth, const BoneCompartments::Params& params) {
  const float* const value = smooth.GetBufferPointer();
  const auto threshold = static_cast<float>(params.outer_mg_per_cm3);
  const auto bone = morphology::largest_part(
      *where(smooth, [=](std::size_t n) { return value[n] >= threshold; }), Neighbours::kFaces);
  const auto closed = morphology::close(*bone, params.outer_close_vox * voxel_mm(smooth));
  return morphology::fill_holes_in_slices(*closed);
}

/// Plates may part the marrow into chambers; what is less than a twentieth of the largest is a wide pore.
Mask::Pointer without_small_parts(const Mask& marrow) {
  const auto all = morphology::parts(marrow, Neighbours::kFaces);
  const std::size_t least = all.voxels[all.largest()] / 20;
  return where(marrow,
               [&](std::size_t n) { return all.part_of[n] != 0 && all.voxels[all.part_of[n]] > least; });
}

Mask::Pointer inner_outline(const Volume& smooth,
                            const Mask& periosteal,
                            const BoneCompartments::Params& params) {
  const double voxel = voxel_mm(smooth);
  const auto room = morphology::erode(periosteal, params.thinnest_cortex_vox * voxel, Beyond::kContinues);
  const std::uint8_t* const within = room->GetBufferPointer();
  const float* const value = smooth.GetBufferPointer();
  const auto threshold = static_cast<float>(params.inner_mg_per_cm3);
  const auto low = where(smooth, [=](std::size_t n) { return within[n] != 0 && value[n] < threshold; });
  const auto marrow = morphology::open(*low, params.pore_open_vox * voxel, Beyond::kContinues);
  const auto chambers = without_small_parts(*marrow);
  const auto closed = morphology::largest_part(*morphology::close(*chambers, params.inner_close_vox * voxel),
                                               Neighbours::kFaces);
  const auto soft = gaussian(*as_volume(*closed), params.border_sigma_vox * voxel);
  const float* const share = soft->GetBufferPointer();
  return morphology::fill_holes_in_slices(
      *where(smooth, [=](std::size_t n) { return within[n] != 0 && share[n] >= 0.5F; }));
}

/// What the image's sides cut, in the plane of slices.
std::vector<std::string> notes_on(const Mask& periosteal) {
  const auto size = periosteal.GetLargestPossibleRegion().GetSize();
  const auto at = [&](std::size_t x, std::size_t y, std::size_t z) {
    return periosteal.GetBufferPointer()[(z * size[1] + y) * size[0] + x] != 0;
  };
  std::size_t cut = 0;
  for (std::size_t z = 0; z < size[2]; ++z) {
    bool touches = false;
    for (std::size_t x = 0; x < size[0]; ++x) touches = touches || at(x, 0, z) || at(x, size[1] - 1, z);
    for (std::size_t y = 0; y < size[1]; ++y) touches = touches || at(0, y, z) || at(size[0] - 1, y, z);
    cut += touches ? 1 : 0;
  }
  if (cut == 0) return {};
  return {fmt::format(
      "the bone reaches the image's side on {} of {} slices: areas and compartments are of what is "
      "in view",
      cut,
      size[2])};
}

}  // namespace

const ParamTable<BoneCompartments::Params>& BoneCompartments::Params::table() {
  static const auto table = ParamTable<Params>()
                                .add(&Params::contour_sigma_vox,
                                     "contour_sigma_vox",
                                     "voxel",
                                     "Gaussian before the outlines.",
                                     {0, 5})
                                .add(&Params::outer_mg_per_cm3,
                                     "outer_mg_per_cm3",
                                     "mg/cm3",
                                     "Density of the outer outline.",
                                     {50, 1200})
                                .add(&Params::inner_mg_per_cm3,
                                     "inner_mg_per_cm3",
                                     "mg/cm3",
                                     "Density of the inner outline.",
                                     {50, 1200})
                                .add(&Params::outer_close_vox,
                                     "outer_close_vox",
                                     "voxel",
                                     "Radius that closes the outer outline.",
                                     {0, 100})
                                .add(&Params::inner_close_vox,
                                     "inner_close_vox",
                                     "voxel",
                                     "Radius that closes the marrow over trabeculae.",
                                     {0, 100})
                                .add(&Params::pore_open_vox,
                                     "pore_open_vox",
                                     "voxel",
                                     "Radius below which room in bone is a pore, not marrow.",
                                     {0, 20})
                                .add(&Params::thinnest_cortex_vox,
                                     "thinnest_cortex_vox",
                                     "voxel",
                                     "Least thickness of the cortex.",
                                     {0, 20})
                                .add(&Params::border_sigma_vox,
                                     "border_sigma_vox",
                                     "voxel",
                                     "Gaussian that smooths the inner outline.",
                                     {0, 10})
                                .add(&Params::bone_sigma_vox,
                                     "bone_sigma_vox",
                                     "voxel",
                                     "Gaussian before bone is told from marrow.",
                                     {0, 5})
                                .add(&Params::trabecular_mg_per_cm3,
                                     "trabecular_mg_per_cm3",
                                     "mg/cm3",
                                     "Density from which voxels of the trabecular compartment are bone.",
                                     {50, 1200})
                                .add(&Params::cortical_mg_per_cm3,
                                     "cortical_mg_per_cm3",
                                     "mg/cm3",
                                     "Density from which voxels of the cortical compartment are bone.",
                                     {50, 1200});
  return table;
}

BoneCompartments::BoneCompartments(const Params& params) : params_(params) {
  Params::table().validate(params);
}

Mask::Pointer BoneCompartments::bone(const Volume& density,
                                     const Mask& trabecular,
                                     const Mask& cortical,
                                     Context& context) const {
  require_same_grid(density, trabecular, "density and trabecular compartment");
  require_same_grid(density, cortical, "density and cortical compartment");
  context.throw_if_cancelled();
  const auto smooth = gaussian(density, params_.bone_sigma_vox * voxel_mm(density));
  const float* const value = smooth->GetBufferPointer();
  const std::uint8_t* const tb = trabecular.GetBufferPointer();
  const std::uint8_t* const ct = cortical.GetBufferPointer();
  const auto low = static_cast<float>(params_.trabecular_mg_per_cm3);
  const auto high = static_cast<float>(params_.cortical_mg_per_cm3);
  return where(density, [=](std::size_t n) {
    return (tb[n] != 0 && value[n] >= low) || (ct[n] != 0 && value[n] >= high);
  });
}

BoneCompartments::Result BoneCompartments::operator()(const Volume& density, Context& context) const {
  context.throw_if_cancelled();
  const auto margin = static_cast<long>(std::ceil(params_.outer_close_vox)) + 2;
  const auto box = compartments::box_above(density, static_cast<float>(params_.outer_mg_per_cm3), margin);
  require(box.GetNumberOfPixels() > 0,
          Errc::kInput,
          fmt::format("no bone: nothing reaches {} mg HA/cm3", params_.outer_mg_per_cm3));
  const auto part = compartments::cut(density, box);
  const auto smooth = gaussian(*part, params_.contour_sigma_vox * voxel_mm(density));
  const auto periosteal = outer_outline(*smooth, params_);
  context.throw_if_cancelled();
  const auto trabecular = inner_outline(*smooth, *periosteal, params_);
  require(morphology::count(*trabecular) > 0,
          Errc::kInput,
          "no trabecular compartment: within the outline no room is left for marrow");
  const std::uint8_t* const all = periosteal->GetBufferPointer();
  const std::uint8_t* const inner = trabecular->GetBufferPointer();
  const auto cortical = where(*part, [=](std::size_t n) { return all[n] != 0 && inner[n] == 0; });
  const auto bone_mask = bone(*part, *trabecular, *cortical, context);
  Result result;
  result.periosteal = compartments::paste(*periosteal, box, density);
  result.trabecular = compartments::paste(*trabecular, box, density);
  result.cortical = compartments::paste(*cortical, box, density);
  result.bone = compartments::paste(*bone_mask, box, density);
  result.notes = notes_on(*result.periosteal);
  return result;
}

}  // namespace ledd
