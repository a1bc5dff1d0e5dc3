#include "ledd/bias_field/bias_field.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ledd/core/error.h"

namespace ledd {
namespace {

using Triple = std::array<std::size_t, 3>;

/// Sums over blocks of the image: a small dense array, first axis fastest.
struct Blocks {
  Triple size{};
  std::vector<double> values;
};

/// The p-th quantile, 0..1, linear between order statistics.
float quantile(const Volume& image, std::size_t count, double p) {
  std::vector<float> values(image.GetBufferPointer(), image.GetBufferPointer() + count);
  const double where = p * static_cast<double>(count - 1);
  const auto low = static_cast<std::size_t>(where);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(low);
  std::nth_element(values.begin(), at, values.end());
  if (low + 1 == count) return *at;
  const float next = *std::min_element(at + 1, values.end());
  return *at + static_cast<float>(where - static_cast<double>(low)) * (next - *at);
}

/// Sums of foreground intensity and count over blocks of `step` voxels; one block row is written by one
/// thread.
std::array<Blocks, 2> block_sums(const Volume& image,
                                 const Triple& size,
                                 const Triple& step,
                                 float threshold) {
  std::array<Blocks, 2> sums;
  for (Blocks& b : sums) {
    for (unsigned a = 0; a < 3; ++a) b.size[a] = (size[a] + step[a] - 1) / step[a];
    b.values.assign(b.size[0] * b.size[1] * b.size[2], 0.0);
  }
  const Triple& blocks = sums[0].size;
  tbb::parallel_for(std::size_t{0}, blocks[2], [&](std::size_t block) {
    for (std::size_t k = block * step[2]; k < std::min(size[2], (block + 1) * step[2]); ++k)
      for (std::size_t j = 0; j < size[1]; ++j) {
        const float* row = image.GetBufferPointer() + (k * size[1] + j) * size[0];
        const std::size_t first = (block * blocks[1] + j / step[1]) * blocks[0];
        for (std::size_t i = 0; i < size[0]; ++i) {
          if (!(row[i] > threshold)) continue;
          sums[0].values[first + i / step[0]] += static_cast<double>(row[i]);
          sums[1].values[first + i / step[0]] += 1.0;
        }
      }
  });
  return sums;
}

/// Gaussian along one axis, cut at 4 sigma, zero outside.
void blur(Blocks& blocks, unsigned axis, double sigma_blocks) {
  const auto radius = std::lround(4.0 * sigma_blocks);
  std::vector<double> kernel(static_cast<std::size_t>(2 * radius + 1));
  for (std::ptrdiff_t d = -radius; d <= radius; ++d)
    kernel[static_cast<std::size_t>(d + radius)] =
        std::exp(-0.5 * static_cast<double>(d * d) / (sigma_blocks * sigma_blocks));
  std::size_t stride = 1;
  for (unsigned a = 0; a < axis; ++a) stride *= blocks.size[a];
  const auto length = static_cast<std::ptrdiff_t>(blocks.size[axis]);
  std::vector<double> line(blocks.size[axis]);
  for (std::size_t start = 0; start < blocks.values.size(); ++start) {
    if ((start / stride) % blocks.size[axis] != 0) continue;
    for (std::size_t n = 0; n < line.size(); ++n) line[n] = blocks.values[start + n * stride];
    for (std::ptrdiff_t n = 0; n < length; ++n) {
      double sum = 0.0;
      for (std::ptrdiff_t d = std::max(-radius, -n); d <= std::min(radius, length - 1 - n); ++d)
        sum += kernel[static_cast<std::size_t>(d + radius)] * line[static_cast<std::size_t>(n + d)];
      blocks.values[start + static_cast<std::size_t>(n) * stride] = sum;
    }
  }
}

/// Where a voxel lies between block centres along one axis: lower block, upper block, weight of the upper
/// one.
struct Between {
  std::size_t low = 0, high = 0;
  double t = 0.0;
};

std::vector<Between> between(std::size_t voxels, std::size_t blocks, std::size_t step) {
  std::vector<Between> result(voxels);
  for (std::size_t n = 0; n < voxels; ++n) {
    const double where =
        std::clamp((static_cast<double>(n) - static_cast<double>(step - 1) / 2.0) / static_cast<double>(step),
                   0.0,
                   static_cast<double>(blocks - 1));
    result[n].low = static_cast<std::size_t>(where);
    result[n].high = std::min(result[n].low + 1, blocks - 1);
    result[n].t = where - static_cast<double>(result[n].low);
  }
  return result;
}

void divide_by_field(Volume& image, const Triple& size, const Triple& step, const Blocks& field) {
  const double floor = 1e-3 * *std::max_element(field.values.begin(), field.values.end());
  std::array<std::vector<Between>, 3> at;
  for (unsigned a = 0; a < 3; ++a) at[a] = between(size[a], field.size[a], step[a]);
  const auto row_of = [&](std::size_t j, std::size_t k) {
    return field.values.data() + (k * field.size[1] + j) * field.size[0];
  };
  tbb::parallel_for(std::size_t{0}, size[2], [&](std::size_t k) {
    const Between& z = at[2][k];
    std::vector<double> line(field.size[0]);
    for (std::size_t j = 0; j < size[1]; ++j) {
      const Between& y = at[1][j];
      for (std::size_t b = 0; b < line.size(); ++b)
        line[b] = (1 - z.t) * ((1 - y.t) * row_of(y.low, z.low)[b] + y.t * row_of(y.high, z.low)[b]) +
                  z.t * ((1 - y.t) * row_of(y.low, z.high)[b] + y.t * row_of(y.high, z.high)[b]);
      float* row = image.GetBufferPointer() + (k * size[1] + j) * size[0];
      for (std::size_t i = 0; i < size[0]; ++i) {
        const Between& x = at[0][i];
        row[i] = static_cast<float>(row[i] / std::max(floor, (1 - x.t) * line[x.low] + x.t * line[x.high]));
      }
    }
  });
}

/// In place: minus mean, by standard deviation of the foreground of `original`, clipped.
void standardise(Volume& flat, const Volume& original, std::size_t count, float threshold) {
  const float* in = original.GetBufferPointer();
  float* out = flat.GetBufferPointer();
  double sum = 0.0, squares = 0.0, n = 0.0;
  for (std::size_t v = 0; v < count; ++v) {
    if (!(in[v] > threshold)) continue;
    sum += static_cast<double>(out[v]);
    squares += static_cast<double>(out[v]) * static_cast<double>(out[v]);
    n += 1.0;
  }
  const double mean = sum / n;
  const double sd = std::sqrt(std::max(0.0, squares / n - mean * mean));
  require(sd > 0.0, Errc::kInput, "the image is constant where it is not dark");
  for (std::size_t v = 0; v < count; ++v)
    out[v] = static_cast<float>(std::clamp((static_cast<double>(out[v]) - mean) / sd, -3.0, 5.0));
}

}  // namespace

const ParamTable<BiasField::Params>& BiasField::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::sigma_mm,
               "sigma_mm",
               "mm",
               "Standard deviation of the Gaussian that estimates the field.",
               {5, 200})
          .add(&Params::grid_mm, "grid_mm", "mm", "Grid on which the field is estimated.", {0.5, 20})
          .add(&Params::foreground_fraction,
               "foreground_fraction",
               "1",
               "Voxels above this fraction of the 99th percentile are foreground.",
               {0.0, 0.9});
  return table;
}

BiasField::BiasField(const Params& params) : params_(params) {
  Params::table().validate(params);
}

Volume::Pointer BiasField::operator()(const Volume& image, Context& context) const {
  context.throw_if_cancelled();
  const auto& region = image.GetLargestPossibleRegion();
  const std::size_t count = region.GetNumberOfPixels();
  require(count > 0, Errc::kInput, "the image has no voxels");
  const float bright = quantile(image, count, 0.99);
  require(bright > 0.0F,
          Errc::kInput,
          fmt::format("the image's 99th percentile is {}; it must be positive", bright));
  const float threshold = static_cast<float>(params_.foreground_fraction) * bright;

  Triple size{}, step{};
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = region.GetSize(a);
    step[a] = static_cast<std::size_t>(std::max(1L, std::lround(params_.grid_mm / image.GetSpacing()[a])));
  }
  auto [field, weight] = block_sums(image, size, step, threshold);
  for (unsigned a = 0; a < 3; ++a) {
    const double sigma_blocks = params_.sigma_mm / (image.GetSpacing()[a] * static_cast<double>(step[a]));
    blur(field, a, sigma_blocks);
    blur(weight, a, sigma_blocks);
  }
  for (std::size_t b = 0; b < field.values.size(); ++b) field.values[b] /= std::max(weight.values[b], 1e-6);

  auto flat = Volume::New();
  flat->CopyInformation(&image);
  flat->SetRegions(region);
  flat->Allocate();
  std::copy_n(image.GetBufferPointer(), count, flat->GetBufferPointer());
  divide_by_field(*flat, size, step, field);
  standardise(*flat, image, count, threshold);
  return flat;
}

}  // namespace ledd
