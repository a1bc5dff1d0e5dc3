#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/morphology/morphology.h"

namespace ledd::morphology {
namespace {

template <class Rule>
Mask::Pointer made(const itk::ImageBase<3>& image, const Rule& rule) {
  auto result = empty_like(image);
  std::uint8_t* const out = result->GetBufferPointer();
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) out[n] = rule(n) ? 1 : 0;
  });
  return result;
}

Mask::Pointer inverted(const Mask& mask) {
  const std::uint8_t* const in = mask.GetBufferPointer();
  return made(mask, [in](std::size_t n) { return in[n] == 0; });
}

/// Whether a voxel is nearer than `radius_mm` to the outside of the image (centre of the next voxel there).
class Border {
 public:
  Border(const itk::ImageBase<3>& image, double radius_mm) {
    const auto size = image.GetLargestPossibleRegion().GetSize();
    for (unsigned axis = 0; axis < 3; ++axis) {
      size_[axis] = size[axis];
      reach_[axis] = static_cast<std::size_t>(radius_mm / image.GetSpacing()[axis] + 1e-6);
    }
  }
  bool operator()(std::size_t n) const {
    const std::size_t at[3] = {n % size_[0], n / size_[0] % size_[1], n / (size_[0] * size_[1])};
    for (unsigned axis = 0; axis < 3; ++axis)
      if (at[axis] < reach_[axis] || size_[axis] - 1 - at[axis] < reach_[axis]) return true;
    return false;
  }

 private:
  std::size_t size_[3]{}, reach_[3]{};
};

/// Rounding of the distances must not decide at whole voxels.
float with_slack(double radius_mm) {
  return static_cast<float>(radius_mm * (1.0 + 1e-5));
}

}  // namespace

Mask::Pointer empty_like(const itk::ImageBase<3>& image) {
  auto mask = Mask::New();
  mask->CopyInformation(&image);
  mask->SetRegions(image.GetLargestPossibleRegion());
  mask->Allocate(true);
  return mask;
}

std::size_t count(const Mask& mask) {
  const std::uint8_t* const in = mask.GetBufferPointer();
  return static_cast<std::size_t>(std::count_if(
      in, in + mask.GetLargestPossibleRegion().GetNumberOfPixels(), [](auto v) { return v != 0; }));
}

Mask::Pointer dilate(const Mask& mask, double radius_mm) {
  const auto distance = distance_mm(mask);
  const float* const d = distance->GetBufferPointer();
  const float most = with_slack(radius_mm);
  return made(mask, [=](std::size_t n) { return d[n] <= most; });
}

Mask::Pointer erode(const Mask& mask, double radius_mm, Beyond beyond) {
  const auto distance = distance_mm(*inverted(mask));
  const float* const d = distance->GetBufferPointer();
  const float least = with_slack(radius_mm);
  const Border border(mask, radius_mm);
  const bool eats = beyond == Beyond::kOutside;
  return made(mask, [=](std::size_t n) { return d[n] > least && !(eats && border(n)); });
}

Mask::Pointer close(const Mask& mask, double radius_mm) {
  return erode(*dilate(mask, radius_mm), radius_mm, Beyond::kContinues);
}

Mask::Pointer open(const Mask& mask, double radius_mm, Beyond beyond) {
  const auto core = erode(mask, radius_mm, beyond);
  const auto grown = dilate(*core, radius_mm);
  const std::uint8_t* const in = mask.GetBufferPointer();
  const std::uint8_t* const out = grown->GetBufferPointer();
  return made(mask, [=](std::size_t n) { return in[n] != 0 && out[n] != 0; });
}

Mask::Pointer fill_holes(const Mask& mask) {
  const auto air = parts(*inverted(mask), Neighbours::kFaces);
  const auto size = mask.GetLargestPossibleRegion().GetSize();
  std::vector<std::uint8_t> open_air(air.voxels.size(), 0);
  std::size_t n = 0;
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++n)
        if (x == 0 || y == 0 || z == 0 || x + 1 == size[0] || y + 1 == size[1] || z + 1 == size[2])
          open_air[air.part_of[n]] = 1;
  return made(mask, [&](std::size_t v) { return air.part_of[v] == 0 || open_air[air.part_of[v]] == 0; });
}

Mask::Pointer fill_holes_in_slices(const Mask& mask) {
  auto result = empty_like(mask);
  const auto size = mask.GetLargestPossibleRegion().GetSize();
  const std::size_t pixels = size[0] * size[1];
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    auto slice = Mask::New();
    slice->SetRegions(Mask::SizeType{size[0], size[1], 1});
    slice->Allocate();
    const std::uint8_t* const in = mask.GetBufferPointer() + z * pixels;
    std::transform(in, in + pixels, slice->GetBufferPointer(), [](auto v) { return v == 0 ? 1 : 0; });
    const auto air = parts(*slice, Neighbours::kFaces);
    std::vector<std::uint8_t> open_air(air.voxels.size(), 0);
    for (std::size_t x = 0; x < size[0]; ++x)
      open_air[air.part_of[x]] = open_air[air.part_of[pixels - 1 - x]] = 1;
    for (std::size_t y = 0; y < size[1]; ++y)
      open_air[air.part_of[y * size[0]]] = open_air[air.part_of[(y + 1) * size[0] - 1]] = 1;
    std::uint8_t* const out = result->GetBufferPointer() + z * pixels;
    for (std::size_t n = 0; n < pixels; ++n)
      out[n] = air.part_of[n] == 0 || open_air[air.part_of[n]] == 0 ? 1 : 0;
  });
  return result;
}

Mask::Pointer largest_part(const Mask& mask, Neighbours neighbours) {
  const auto all = parts(mask, neighbours);
  const std::uint32_t keep = all.largest();
  return made(mask, [&](std::size_t n) { return keep != 0 && all.part_of[n] == keep; });
}

}  // namespace ledd::morphology
