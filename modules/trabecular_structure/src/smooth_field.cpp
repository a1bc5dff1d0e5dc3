#include "smooth_field.h"

#include <tbb/parallel_for.h>

namespace ledd::trabeculae {
namespace {

/// A binomial of variance 2, its curvature taken back (see the page of local thickness); from the middle
/// outwards, sum 1.
constexpr int kReach = 5;
constexpr std::array<float, kReach + 1> kTaps{
    126.0F / 256, 84.0F / 256, 12.0F / 256, -18.0F / 256, -11.0F / 256, -2.0F / 256};

/// `n` lines of `width` values, `step` apart, filtered across; borders go on as they end.
void across(const float* in, std::ptrdiff_t step, int n, int width, float* out) {
  for (int i = 0; i < n; ++i) {
    float* const to = out + static_cast<std::ptrdiff_t>(i) * width;
    const float* const middle = in + i * step;
    for (int j = 0; j < width; ++j) to[j] = kTaps[0] * middle[j];
    for (int k = 1; k <= kReach; ++k) {
      const float tap = kTaps[static_cast<unsigned>(k)];
      const float *before = in + std::max(i - k, 0) * step, *behind = in + std::min(i + k, n - 1) * step;
      for (int j = 0; j < width; ++j) to[j] += tap * (before[j] + behind[j]);
    }
  }
}

/// One slice, along x and y.
void slice(const Mask& bone, const Size& image, const Box& box, int z, float* out) {
  const Size size = box.size();
  std::vector<float> padded(static_cast<std::size_t>(size[0] + 2 * kReach));
  std::vector<float> lines(static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]));
  float* const row = padded.data() + kReach;
  for (int y = 0; y < size[1]; ++y) {
    const std::uint8_t* in = bone.GetBufferPointer() + offset(image, box.lo[0], box.lo[1] + y, box.lo[2] + z);
    for (int x = 0; x < size[0]; ++x) row[x] = in[x] != 0 ? 1.0F : 0.0F;
    std::fill_n(padded.data(), kReach, row[0]);
    std::fill_n(row + size[0], kReach, row[size[0] - 1]);
    float* const to = lines.data() + static_cast<std::ptrdiff_t>(y) * size[0];
    for (int x = 0; x < size[0]; ++x) to[x] = kTaps[0] * row[x];
    for (int k = 1; k <= kReach; ++k)
      for (int x = 0; x < size[0]; ++x) to[x] += kTaps[static_cast<unsigned>(k)] * (row[x - k] + row[x + k]);
  }
  across(lines.data(), size[0], size[1], size[0], out);
}

/// The mask decides what is inside. Where filtering says otherwise, the surface goes close by the voxel;
/// where it says so clearly, as at single voxels, half way between the two.
float settled(bool solid, float filtered) {
  const float sign = solid ? 1.0F : -1.0F, above = sign * (filtered - 0.5F);
  constexpr float kClose = 1.0F / 4096;
  return sign * (above > kClose ? above : above < -0.125F ? 0.25F : kClose);
}

}  // namespace

SmoothField smooth_field(const Mask& bone, const Box& wanted) {
  SmoothField field;
  field.image = size_of(bone);
  field.box = grown(wanted, 2 + kReach, field.image);
  field.values.resize(field.box.voxels());
  const Box& box = field.box;
  const Size size = box.size();
  const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(size[0]) * size[1];
  float* const values = field.values.data();
  tbb::parallel_for(0, size[2], [&](int z) { slice(bone, field.image, box, z, values + z * step); });
  tbb::parallel_for(0, size[1], [&](int y) {
    std::vector<float> lines(static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[2]));
    float* const first = values + static_cast<std::ptrdiff_t>(y) * size[0];
    across(first, step, size[2], size[0], lines.data());
    for (int z = 0; z < size[2]; ++z) {
      const std::uint8_t* own =
          bone.GetBufferPointer() + offset(field.image, box.lo[0], box.lo[1] + y, box.lo[2] + z);
      const float* from = lines.data() + static_cast<std::ptrdiff_t>(z) * size[0];
      for (int x = 0; x < size[0]; ++x) first[z * step + x] = settled(own[x] != 0, from[x]);
    }
  });
  return field;
}

}  // namespace ledd::trabeculae
