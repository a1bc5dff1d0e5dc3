#include "ledd/smoothing/smoothing.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ledd {
namespace {

/// Weights of the voxels 0, 1, ... away, to a sum of one over both sides.
std::vector<float> kernel(double sigma_vox) {
  std::vector<double> weight(static_cast<std::size_t>(std::ceil(4.0 * sigma_vox)) + 1);
  double sum = 0.0;
  for (std::size_t k = 0; k < weight.size(); ++k) {
    weight[k] = k == 0 ? 1.0 : std::exp(-0.5 * std::pow(static_cast<double>(k) / sigma_vox, 2));
    sum += (k == 0 ? 1.0 : 2.0) * weight[k];
  }
  std::vector<float> result(weight.size());
  std::transform(
      weight.begin(), weight.end(), result.begin(), [&](double w) { return static_cast<float>(w / sum); });
  return result;
}

/// out += w * in, over a whole row.
void add_row(float* out, const float* in, float w, std::size_t length) {
  for (std::size_t x = 0; x < length; ++x) out[x] += w * in[x];
}

/// One pass across rows: `count` neighbours of a row, `stride` numbers apart, of which it is the one `at`.
struct Neighbours {
  std::size_t at, count, stride;
};

void across(
    const float* row, float* out, std::size_t length, const std::vector<float>& w, const Neighbours& n) {
  std::fill_n(out, length, 0.0F);
  const auto reach = static_cast<std::ptrdiff_t>(w.size()) - 1;
  float sum = 0.0F;
  for (std::ptrdiff_t k = -reach; k <= reach; ++k) {
    const std::ptrdiff_t there = static_cast<std::ptrdiff_t>(n.at) + k;
    if (there < 0 || there >= static_cast<std::ptrdiff_t>(n.count)) continue;
    const float weight = w[static_cast<std::size_t>(std::abs(k))];
    add_row(out, row + k * static_cast<std::ptrdiff_t>(n.stride), weight, length);
    sum += weight;
  }
  for (std::size_t x = 0; x < length; ++x) out[x] /= sum;
}

void within(const float* in, float* out, std::size_t length, const std::vector<float>& w) {
  const std::size_t reach = w.size() - 1;
  for (std::size_t x = 0; x < length; ++x) {
    const std::size_t first = x > reach ? x - reach : 0;
    const std::size_t last = std::min(length - 1, x + reach);
    float value = 0.0F;
    float sum = 0.0F;
    for (std::size_t q = first; q <= last; ++q) {
      const float weight = w[q > x ? q - x : x - q];
      value += weight * in[q];
      sum += weight;
    }
    out[x] = value / sum;
  }
}

}  // namespace

Volume::Pointer gaussian(const Volume& image, double sigma_mm) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto spacing = image.GetSpacing();
  const std::size_t nx = size[0], ny = size[1], nz = size[2];
  auto result = Volume::New();
  result->CopyInformation(&image);
  result->SetRegions(image.GetLargestPossibleRegion());
  result->Allocate();
  const float* const in = image.GetBufferPointer();
  float* const out = result->GetBufferPointer();
  if (!(sigma_mm > 0.0)) {
    std::copy_n(in, nx * ny * nz, out);
    return result;
  }
  const auto along_z = kernel(sigma_mm / spacing[2]);
  const auto along_y = kernel(sigma_mm / spacing[1]);
  const auto along_x = kernel(sigma_mm / spacing[0]);
  tbb::parallel_for(std::size_t{0}, nz, [&](std::size_t z) {
    std::vector<float> slice(nx * ny);
    std::vector<float> row(nx);
    for (std::size_t y = 0; y < ny; ++y)
      across(in + (z * ny + y) * nx, slice.data() + y * nx, nx, along_z, {z, nz, nx * ny});
    for (std::size_t y = 0; y < ny; ++y) {
      across(slice.data() + y * nx, row.data(), nx, along_y, {y, ny, nx});
      within(row.data(), out + (z * ny + y) * nx, nx, along_x);
    }
  });
  return result;
}

}  // namespace ledd
