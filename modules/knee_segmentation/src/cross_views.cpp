#include "cross_views.h"

#include <algorithm>
#include <cmath>

#include "fields.h"
#include "network_input.h"
#include "network_shares.h"

namespace ledd::knee {
namespace {

constexpr int kEvery = 2;  // cubes from one slice that is looked at to the next
constexpr std::array<int, kSlabSlices> kOffsets{-6, -2, 0, 2, 6};
constexpr unsigned kPosterior = 0, kInferior = 1, kSlices = 2;

/// Place of voxel n of `length` on an axis of `places`, both with the same outer edges.
double place_of(std::size_t n, std::size_t length, int places) {
  return (static_cast<double>(n) + 0.5) * static_cast<double>(places) / static_cast<double>(length) - 0.5;
}

}  // namespace

/// The stack on cubes, [slice][inferior][posterior].
struct CrossViews::Cubes {
  std::array<int, 3> size{};
  std::vector<float> values;

  explicit Cubes(const Volume& sagittal) {
    const auto pixels = sagittal.GetLargestPossibleRegion().GetSize();
    const auto mm = sagittal.GetSpacing();
    for (unsigned a = 0; a < 3; ++a)
      size[a] = static_cast<int>(std::nearbyint(static_cast<double>(pixels[a]) * mm[a] / kCubeMm));
    const Resize how{{static_cast<int>(pixels[1]), static_cast<int>(pixels[0])},
                     {size[kInferior], size[kPosterior]},
                     mm[0] < kCubeMm,
                     mm[1] < kCubeMm};
    std::vector<std::vector<float>> slices(pixels[2]);
    for (std::size_t z = 0; z < slices.size(); ++z)
      slices[z] = resized(sagittal.GetBufferPointer() + z * pixels[0] * pixels[1], how);
    values.reserve(static_cast<std::size_t>(size[kSlices]) * slices[0].size());
    for (int z = 0; z < size[kSlices]; ++z) {
      const double last = static_cast<double>(slices.size() - 1);
      const double at = std::clamp(place_of(static_cast<std::size_t>(z),
                                            static_cast<std::size_t>(size[kSlices]),
                                            static_cast<int>(slices.size())),
                                   0.0,
                                   last);
      const auto low = static_cast<std::size_t>(at);
      const auto& next = slices[std::min(low + 1, slices.size() - 1)];
      const auto of_next = static_cast<float>(at - static_cast<double>(low));
      std::transform(slices[low].begin(),
                     slices[low].end(),
                     next.begin(),
                     std::back_inserter(values),
                     [of_next](float a, float b) { return a + of_next * (b - a); });
    }
  }

  /// A coronal (axis kPosterior) or axial (kInferior) plane: columns along the slices, rows along the other
  /// axis.
  std::vector<float> plane(unsigned axis, int at) const {
    at = std::clamp(at, 0, size[axis] - 1);
    const int rows = size[1 - axis];
    std::vector<float> out(static_cast<std::size_t>(rows) * static_cast<std::size_t>(size[kSlices]));
    for (int z = 0; z < size[kSlices]; ++z)
      for (int r = 0; r < rows; ++r) {
        const long y = axis == kPosterior ? r : at, x = axis == kPosterior ? at : r;
        out[static_cast<std::size_t>(static_cast<long>(r) * size[kSlices] + z)] =
            values[static_cast<std::size_t>((static_cast<long>(z) * size[kInferior] + y) * size[kPosterior] +
                                            x)];
      }
    return out;
  }

  Planes slab(unsigned axis, int at, const Window& window) const {
    std::array<std::vector<float>, kSlabSlices> planes;
    std::array<const float*, kSlabSlices> seen{};
    for (std::size_t n = 0; n < kOffsets.size(); ++n) {
      planes[n] = plane(axis, at + kOffsets[n]);
      seen[n] = planes[n].data();
    }
    return slab_of(seen, {size[1 - axis], size[kSlices]}, window);
  }
};

CrossViews::CrossViews(const Volume& sagittal, const Part& part, const std::string& onnx, Context& context) {
  const Cubes cubes(sagittal);
  const auto pixels = sagittal.GetLargestPossibleRegion().GetSize();
  for (unsigned a = 0; a < 3; ++a) {
    pixels_[a] = pixels[a];
    const auto cut = [&](double share) { return std::clamp(share, 0.0, 1.0) * cubes.size[a]; };
    first_[a] = std::min(static_cast<int>(cut(part.from[a])), cubes.size[a] - 1) / kEvery * kEvery;
    end_[a] = std::max(static_cast<int>(std::ceil(cut(part.to[a]))), first_[a] + 1);
  }
  views_ = {look(cubes, kPosterior, onnx, context), look(cubes, kInferior, onnx, context)};
}

CrossViews::View CrossViews::look(const Cubes& cubes,
                                  unsigned axis,
                                  const std::string& onnx,
                                  Context& context) const {
  View out;
  for (unsigned a = 0; a < 3; ++a) {
    const int every = a == axis ? kEvery : 1;
    out.count[a] = (end_[a] - first_[a] + every - 1) / every;
    for (std::size_t n = 0; n < pixels_[a]; ++n) {
      const double at =
          std::clamp((place_of(n, pixels_[a], cubes.size[a]) - first_[a]) / every, 0.0, out.count[a] - 1.0);
      const auto low = static_cast<std::size_t>(at);
      out.pixels[a].push_back({low,
                               std::min(low + 1, static_cast<std::size_t>(out.count[a] - 1)),
                               static_cast<float>(at - static_cast<double>(low))});
    }
  }
  const auto nx = static_cast<std::size_t>(out.count[kPosterior]);
  const auto ny = static_cast<std::size_t>(out.count[kInferior]);
  const auto nz = static_cast<std::size_t>(out.count[kSlices]);
  out.values.resize(kClasses * nx * ny * nz);
  const unsigned down = 1 - axis;  // the axis of the rows
  const Window window{
      first_[kSlices], first_[down], end_[kSlices] - first_[kSlices], end_[down] - first_[down]};
  const std::size_t rows = axis == kPosterior ? ny : nx;
  Networks networks(onnx);
  for_each(out.count[axis], context, [&](long n) {
    const auto at = static_cast<std::size_t>(n);
    const auto found =
        networks.shares(cubes.slab(axis, first_[axis] + static_cast<int>(n) * kEvery, window), window);
    for (std::size_t c = 0; c < kClasses; ++c)
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t z = 0; z < nz; ++z) {
          const std::size_t y = axis == kPosterior ? r : at, x = axis == kPosterior ? at : r;
          out.values[((c * nz + z) * ny + y) * nx + x] =
              std::log(std::max(found[(c * rows + r) * nz + z], kLeastShare));
        }
  });
  return out;
}

void CrossViews::add(const View& view, long z, std::vector<float>& sum) const {
  const auto nx = static_cast<std::size_t>(view.count[kPosterior]);
  const std::size_t plane = nx * static_cast<std::size_t>(view.count[kInferior]);
  const Between& slice = view.pixels[kSlices][static_cast<std::size_t>(z)];
  std::vector<float> mixed(plane), row(nx);
  float* to = sum.data();
  for (std::size_t c = 0; c < kClasses; ++c) {
    const float* const values =
        view.values.data() + c * static_cast<std::size_t>(view.count[kSlices]) * plane;
    const float* const low = values + slice.low * plane;
    const float* const high = values + slice.high * plane;
    for (std::size_t q = 0; q < plane; ++q) mixed[q] = low[q] + slice.of_high * (high[q] - low[q]);
    for (const Between& y : view.pixels[kInferior]) {
      const float* const above = mixed.data() + y.low * nx;
      const float* const below = mixed.data() + y.high * nx;
      for (std::size_t x = 0; x < nx; ++x) row[x] = above[x] + y.of_high * (below[x] - above[x]);
      for (const Between& x : view.pixels[kPosterior])
        *to++ += 0.5F * (row[x.low] + x.of_high * (row[x.high] - row[x.low]));
    }
  }
}

std::vector<float> CrossViews::log_shares(long z) const {
  std::vector<float> sum(kClasses * pixels_[kPosterior] * pixels_[kInferior]);
  for (const View& view : views_) add(view, z, sum);
  return sum;
}

}  // namespace ledd::knee
