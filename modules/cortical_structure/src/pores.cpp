#include "pores.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/morphology/morphology.h"

namespace ledd::cortex {
namespace {

/// The background of one slice is all that is not bone of the cortical compartment. A part of it that has no
/// voxel outside the compartment is enclosed by cortex.
void add_enclosed(const Mask& cortical, const Mask& bone, std::size_t z, double largest_share, Mask& pores) {
  const auto size = cortical.GetLargestPossibleRegion().GetSize();
  const std::size_t pixels = size[0] * size[1];
  const std::uint8_t* const ct = cortical.GetBufferPointer() + z * pixels;
  const std::uint8_t* const is_bone = bone.GetBufferPointer() + z * pixels;
  auto background = Mask::New();
  background->SetRegions(Mask::SizeType{size[0], size[1], 1});
  background->Allocate();
  for (std::size_t n = 0; n < pixels; ++n)
    background->GetBufferPointer()[n] = ct[n] == 0 || is_bone[n] == 0 ? 1 : 0;
  const auto parts = morphology::parts(*background, morphology::Neighbours::kFaces);
  std::size_t whole = 0;
  for (const std::size_t voxels : parts.voxels) whole += voxels;
  std::vector<std::uint8_t> enclosed(parts.voxels.size(), 1);
  enclosed[0] = 0;
  for (std::size_t n = 0; n < pixels; ++n)
    if (ct[n] == 0) enclosed[parts.part_of[n]] = 0;
  for (std::size_t part = 1; part < enclosed.size(); ++part)
    if (static_cast<double>(parts.voxels[part]) > largest_share * static_cast<double>(whole))
      enclosed[part] = 0;
  std::uint8_t* const out = pores.GetBufferPointer() + z * pixels;
  for (std::size_t n = 0; n < pixels; ++n) out[n] = enclosed[parts.part_of[n]];
}

/// From slice `from` into slice `to`, straight along the bone.
void grow(const Mask& cortical, const Mask& bone, std::size_t from, std::size_t to, Mask& pores) {
  const auto size = cortical.GetLargestPossibleRegion().GetSize();
  const std::size_t pixels = size[0] * size[1];
  const std::uint8_t* const ct = cortical.GetBufferPointer() + to * pixels;
  const std::uint8_t* const is_bone = bone.GetBufferPointer() + to * pixels;
  const std::uint8_t* const before = pores.GetBufferPointer() + from * pixels;
  std::uint8_t* const out = pores.GetBufferPointer() + to * pixels;
  for (std::size_t n = 0; n < pixels; ++n)
    if (before[n] != 0 && ct[n] != 0 && is_bone[n] == 0) out[n] = 1;
}

}  // namespace

Mask::Pointer pores(const Mask& cortical, const Mask& bone, const PoreRule& rule) {
  auto found = morphology::empty_like(cortical);
  const std::size_t slices = cortical.GetLargestPossibleRegion().GetSize(2);
  tbb::parallel_for(std::size_t{0}, slices, [&](std::size_t z) {
    add_enclosed(cortical, bone, z, rule.largest_share, *found);
  });
  for (std::size_t z = 1; z < slices; ++z) grow(cortical, bone, z - 1, z, *found);
  for (std::size_t z = slices; z-- > 1;) grow(cortical, bone, z, z - 1, *found);
  const auto parts = morphology::parts(*found, morphology::Neighbours::kAll);
  std::uint8_t* const out = found->GetBufferPointer();
  for (std::size_t n = 0; n < parts.part_of.size(); ++n)
    if (out[n] != 0 && parts.voxels[parts.part_of[n]] < rule.fewest_voxels) out[n] = 0;
  return found;
}

}  // namespace ledd::cortex
