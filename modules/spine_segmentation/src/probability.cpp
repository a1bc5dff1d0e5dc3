#include "probability.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/inference/inference.h"

namespace ledd::spine {
namespace {

constexpr long kMultiple = 16;                 // four halvings
constexpr double kNearMm = 2.5, kFarMm = 6.5;  // as in training: slab_offsets of tools/train/spine/prepare.py
constexpr int kSlabSlices = 5;
constexpr long kMinPixels = 100;  // of one slice: 1 cm2, a seventh of a small body's section

/// One work pixel as a weighted mean of native pixels along one axis (triangle as wide as the coarser grid).
struct Tap {
  long first = 0;
  std::vector<float> weights;
};

std::vector<Tap> taps(long first, long count, double spacing_mm, long native) {
  const double reach_mm = std::max(spacing_mm, kWorkMm);
  std::vector<Tap> result(static_cast<std::size_t>(count));
  for (long n = 0; n < count; ++n) {
    Tap& tap = result[static_cast<std::size_t>(n)];
    const double at_mm = static_cast<double>(first + n) * kWorkMm;
    const long low = std::max(0L, static_cast<long>(std::ceil((at_mm - reach_mm) / spacing_mm)));
    const long high = std::min(native - 1, static_cast<long>(std::floor((at_mm + reach_mm) / spacing_mm)));
    tap.first = low;
    float sum = 0.0F;
    for (long i = low; i <= high; ++i) {
      const double weight =
          std::max(0.0, 1.0 - std::abs(static_cast<double>(i) * spacing_mm - at_mm) / reach_mm);
      tap.weights.push_back(static_cast<float>(weight));
      sum += tap.weights.back();
    }
    if (!(sum > 0.0F)) tap.weights.clear();  // outside the image
    for (float& w : tap.weights) w /= sum;
  }
  return result;
}

/// Native slices on work pixels of a box's columns and rows; `air` outside the image.
class Sampler {
 public:
  Sampler(const Volume& flat, const Box& box)
      : flat_(flat), size_(flat.GetLargestPossibleRegion().GetSize()), box_(box) {
    const long padded_width = (box.width + kMultiple - 1) / kMultiple * kMultiple;
    const long padded_height = (box.height + kMultiple - 1) / kMultiple * kMultiple;
    columns_ = taps(box.x, padded_width, flat.GetSpacing()[0], static_cast<long>(size_[0]));
    rows_ = taps(box.y, padded_height, flat.GetSpacing()[1], static_cast<long>(size_[1]));
    const auto count = flat.GetLargestPossibleRegion().GetNumberOfPixels();
    air_ = *std::min_element(flat.GetBufferPointer(), flat.GetBufferPointer() + count);
  }

  const Box& box() const { return box_; }
  int width() const { return static_cast<int>(columns_.size()); }
  int height() const { return static_cast<int>(rows_.size()); }

  void slice(long z, float* out) const {
    const float* native = flat_.GetBufferPointer() + static_cast<std::size_t>(z) * size_[0] * size_[1];
    tbb::parallel_for(std::size_t{0}, rows_.size(), [&](std::size_t v) {
      float* line = out + v * columns_.size();
      const Tap& row = rows_[v];
      for (std::size_t u = 0; u < columns_.size(); ++u) {
        const Tap& column = columns_[u];
        if (row.weights.empty() || column.weights.empty()) {
          line[u] = air_;
          continue;
        }
        float sum = 0.0F;
        for (std::size_t j = 0; j < row.weights.size(); ++j) {
          const float* pixel = native + (static_cast<std::size_t>(row.first) + j) * size_[0] + column.first;
          float inner = 0.0F;
          for (std::size_t i = 0; i < column.weights.size(); ++i) inner += column.weights[i] * pixel[i];
          sum += row.weights[j] * inner;
        }
        line[u] = sum;
      }
    });
  }

 private:
  const Volume& flat_;
  Volume::SizeType size_;
  Box box_;
  std::vector<Tap> columns_, rows_;
  float air_ = 0.0F;
};

using Offsets = std::array<long, kSlabSlices>;

/// The slices that are seen together, as offsets from the one in the middle.
Offsets slab_offsets(double slice_spacing_mm) {
  const auto slices = [&](double mm) { return static_cast<long>(std::floor(mm / slice_spacing_mm + 0.5)); };
  const long near = std::max(1L, slices(kNearMm));
  const long far = std::max(near + 1, slices(kFarMm));
  return {-far, -near, 0, near, far};
}

/// The network's logits on one slice, seen with its neighbours.
Planes logits_of(Network2D& network, const Sampler& sampler, long z, const Offsets& offsets, long slices) {
  Planes slab{kSlabSlices, sampler.height(), sampler.width(), {}};
  const std::size_t plane = static_cast<std::size_t>(slab.height) * static_cast<std::size_t>(slab.width);
  slab.values.resize(kSlabSlices * plane);
  for (std::size_t n = 0; n < offsets.size(); ++n)
    sampler.slice(std::clamp(z + offsets[n], 0L, slices - 1), slab.values.data() + n * plane);
  Planes logits = network(slab);
  require(
      logits.channels == static_cast<int>(kChannels),
      Errc::kFormat,
      fmt::format("the network has {} outputs; {} are needed", logits.channels, static_cast<int>(kChannels)));
  return logits;
}

void grow(Box& box, long x, long y) {
  const long right = std::max(box.x + box.width, x + 1), bottom = std::max(box.y + box.height, y + 1);
  box.x = std::min(box.x, x);
  box.y = std::min(box.y, y);
  box.width = right - box.x;
  box.height = bottom - box.y;
}

/// Where bodies or S1 are, from every `stride`-th slice over the whole plane.
Box find_region(
    const Sampler& sampler, Network2D& network, long stride, const Offsets& offsets, Context& context) {
  const Box& all = sampler.box();
  Box region{all.width, all.height, all.depth, -all.width, -all.height, 0};
  long first = all.depth, last = -1;
  for (long z = stride / 2; z < all.depth; z += stride) {
    context.throw_if_cancelled();
    const Planes logits = logits_of(network, sampler, z, offsets, all.depth);
    const std::size_t plane =
        static_cast<std::size_t>(logits.height) * static_cast<std::size_t>(logits.width);
    Box here = region;
    long pixels = 0;
    for (long y = 0; y < all.height; ++y)
      for (long x = 0; x < all.width; ++x) {
        const std::size_t p = static_cast<std::size_t>(y) * static_cast<std::size_t>(logits.width) +
                              static_cast<std::size_t>(x);
        if (logits.values[kBody * plane + p] <= 0.0F && logits.values[kS1 * plane + p] <= 0.0F) continue;
        ++pixels;
        grow(here, x, y);
      }
    if (pixels < kMinPixels) continue;
    region = here;
    first = std::min(first, z);
    last = std::max(last, z);
  }
  require(last >= 0,
          Errc::kInput,
          "no vertebral body was found: is this an image of the thoracic or lumbar spine?");
  region.z = std::max(0L, first - stride);
  region.depth = std::min(all.depth, last + stride + 1) - region.z;
  return region;
}

Box with_margin(Box box, const Box& all, long margin) {
  const long right = std::min(all.width, box.x + box.width + margin);
  const long bottom = std::min(all.height, box.y + box.height + margin);
  box.x = std::max(0L, box.x - margin);
  box.y = std::max(0L, box.y - margin);
  box.width = right - box.x;
  box.height = bottom - box.y;
  return box;
}

}  // namespace

Probability spine_probability(
    const Volume& flat, const std::string& onnx, double coarse_step_mm, double margin_mm, Context& context) {
  const auto size = flat.GetLargestPossibleRegion().GetSize();
  const auto spacing = flat.GetSpacing();
  const Box all{0,
                0,
                0,
                static_cast<long>(std::floor(static_cast<double>(size[0] - 1) * spacing[0] / kWorkMm)) + 1,
                static_cast<long>(std::floor(static_cast<double>(size[1] - 1) * spacing[1] / kWorkMm)) + 1,
                static_cast<long>(size[2])};
  const Offsets offsets = slab_offsets(spacing[2]);
  const long stride = std::max(1L, std::lround(coarse_step_mm / spacing[2]));
  Network2D network(onnx);
  Probability result;
  result.box = with_margin(find_region(Sampler(flat, all), network, stride, offsets, context),
                           all,
                           std::lround(margin_mm / kWorkMm));
  const Box& box = result.box;
  const Sampler sampler(flat, box);
  for (auto& channel : result.values)
    channel.resize(static_cast<std::size_t>(box.width * box.height * box.depth));
  for (long z = 0; z < box.depth; ++z) {
    context.throw_if_cancelled();
    const Planes logits = logits_of(network, sampler, box.z + z, offsets, all.depth);
    for (unsigned c = 0; c < kChannels; ++c)
      for (long y = 0; y < box.height; ++y)
        for (long x = 0; x < box.width; ++x) {
          const long p = (static_cast<long>(c) * logits.height + y) * logits.width + x;
          result.values[c][result.at(x, y, z)] =
              1.0F / (1.0F + std::exp(-logits.values[static_cast<std::size_t>(p)]));
        }
  }
  return result;
}

}  // namespace ledd::spine
