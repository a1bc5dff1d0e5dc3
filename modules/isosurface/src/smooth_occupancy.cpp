#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ledd/isosurface/isosurface.h"

namespace ledd {
namespace {

using Size = std::array<long, 3>;

constexpr double kLeastVox = 0.85;  ///< A narrower Gaussian leaves the steps of the voxels.

std::vector<float> kernel(double sigma_vox) {
  const long radius = sigma_vox > 0.0 ? static_cast<long>(std::ceil(3.5 * sigma_vox)) : 0;
  std::vector<double> weights;
  double sum = 0.0;
  for (long r = -radius; r <= radius; ++r) {
    weights.push_back(radius == 0 ? 1.0 : std::exp(-0.5 * std::pow(static_cast<double>(r) / sigma_vox, 2)));
    sum += weights.back();
  }
  std::vector<float> normalised;
  normalised.reserve(weights.size());
  for (const double w : weights) normalised.push_back(static_cast<float>(w / sum));
  return normalised;
}

/// One pass of a separable filter: along i within rows, along j and k as a weighted sum of whole rows.
void convolve(
    const float* in, float* out, const Size& size, unsigned axis, const std::vector<float>& weights) {
  const long radius = static_cast<long>(weights.size()) / 2, stride = axis == 1 ? size[0] : size[0] * size[1];
  tbb::parallel_for(
      tbb::blocked_range<long>(0, size[1] * size[2]), [&](const tbb::blocked_range<long>& rows) {
        for (long row = rows.begin(); row < rows.end(); ++row) {
          const long at = axis == 1 ? row % size[1] : row / size[1];
          float* to = out + row * size[0];
          std::fill(to, to + size[0], 0.0F);
          for (long r = -radius; r <= radius; ++r) {
            const float w = weights[static_cast<std::size_t>(r + radius)];
            if (axis == 0) {
              const float* from = in + row * size[0];
              for (long i = 0; i < size[0]; ++i) to[i] += w * from[std::clamp(i + r, 0L, size[0] - 1)];
            } else {
              const float* from = in + row * size[0] + (std::clamp(at + r, 0L, size[axis] - 1) - at) * stride;
              for (long i = 0; i < size[0]; ++i) to[i] += w * from[i];
            }
          }
        }
      });
}

/// The box around the voxels for which `in` holds, and a margin; empty when there is none.
template <class In>
itk::ImageRegion<3> box_of(const itk::ImageBase<3>& image, double margin_mm, const In& in) {
  const auto& whole = image.GetLargestPossibleRegion();
  const Size size{static_cast<long>(whole.GetSize(0)),
                  static_cast<long>(whole.GetSize(1)),
                  static_cast<long>(whole.GetSize(2))};
  Size low = size, high{-1, -1, -1};
  std::size_t n = 0;
  for (long k = 0; k < size[2]; ++k)
    for (long j = 0; j < size[1]; ++j)
      for (long i = 0; i < size[0]; ++i, ++n) {
        if (!in(n)) continue;
        const Size at{i, j, k};
        for (unsigned a = 0; a < 3; ++a) {
          low[a] = std::min(low[a], at[a]);
          high[a] = std::max(high[a], at[a]);
        }
      }
  itk::ImageRegion<3> box;
  if (high[0] < 0) return box;
  for (unsigned a = 0; a < 3; ++a) {
    const long margin = static_cast<long>(std::ceil(margin_mm / image.GetSpacing()[a]));
    const long from = std::max(0L, low[a] - margin), to = std::min(size[a] - 1, high[a] + margin);
    box.SetIndex(a, whole.GetIndex(a) + from);
    box.SetSize(a, static_cast<std::size_t>(to - from + 1));
  }
  return box;
}

/// A volume on part of a grid, whose first voxel has the index 0.
template <class Value>
Volume::Pointer smoothed_box(const itk::ImageBase<3>& image,
                             const itk::ImageRegion<3>& box,
                             double sigma_mm,
                             const Value& value) {
  auto volume = Volume::New();
  itk::Point<double, 3> origin;
  image.TransformIndexToPhysicalPoint(box.GetIndex(), origin);
  volume->SetRegions(box.GetSize());
  volume->SetSpacing(image.GetSpacing());
  volume->SetDirection(image.GetDirection());
  volume->SetOrigin(origin);
  volume->Allocate();
  const auto& whole = image.GetLargestPossibleRegion();
  const Size size{static_cast<long>(box.GetSize(0)),
                  static_cast<long>(box.GetSize(1)),
                  static_cast<long>(box.GetSize(2))};
  float* values = volume->GetBufferPointer();
  std::size_t n = 0;
  for (long k = 0; k < size[2]; ++k)
    for (long j = 0; j < size[1]; ++j) {
      const long row = (box.GetIndex(2) - whole.GetIndex(2) + k) * static_cast<long>(whole.GetSize(1)) +
                       box.GetIndex(1) - whole.GetIndex(1) + j;
      const long first = row * static_cast<long>(whole.GetSize(0)) + box.GetIndex(0) - whole.GetIndex(0);
      for (long i = 0; i < size[0]; ++i, ++n) values[n] = value(static_cast<std::size_t>(first + i));
    }
  std::vector<float> other(n);
  float* from = values;
  float* to = other.data();
  for (unsigned a = 0; a < 3; ++a) {
    convolve(from, to, size, a, kernel(std::max(sigma_mm / image.GetSpacing()[a], kLeastVox)));
    std::swap(from, to);
  }
  std::copy(from, from + n, to);  // three passes end in `other`
  return volume;
}

}  // namespace

Volume::Pointer smooth_occupancy(const Labels& labels,
                                 std::span<const std::uint16_t> ids,
                                 double sigma_mm,
                                 double margin_mm) {
  const std::uint16_t* id = labels.GetBufferPointer();
  std::vector<std::uint8_t> of_body(65536, 0);
  for (const std::uint16_t wanted : ids) of_body[wanted] = 1;
  const auto in = [&](std::size_t n) { return of_body[id[n]] != 0; };
  const auto box = box_of(labels, margin_mm, in);
  require(box.GetNumberOfPixels() > 0,
          Errc::kInput,
          fmt::format("no voxel of label {}", ids.empty() ? 0 : int{ids.front()}));
  return smoothed_box(labels, box, sigma_mm, [&](std::size_t n) { return in(n) ? 1.0F : 0.0F; });
}

Volume::Pointer smooth_occupancy(const Volume& probability, double sigma_mm, double margin_mm) {
  const float* p = probability.GetBufferPointer();
  const std::size_t count = probability.GetLargestPossibleRegion().GetNumberOfPixels();
  const float* wrong = std::find_if(p, p + count, [](float v) { return !(v >= -0.001F && v <= 1.001F); });
  if (wrong != p + count)
    throw Error(Errc::kInput, fmt::format("a probability is {}; it must be within 0..1", *wrong));
  const auto box = box_of(probability, margin_mm, [&](std::size_t n) { return p[n] > 0.5F; });
  require(box.GetNumberOfPixels() > 0, Errc::kInput, "no voxel has a probability above 0.5");
  return smoothed_box(probability, box, sigma_mm, [&](std::size_t n) { return p[n]; });
}

}  // namespace ledd
