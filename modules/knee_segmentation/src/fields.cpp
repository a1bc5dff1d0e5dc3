#include "fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ledd/core/error.h"

#include "cross_views.h"
#include "network_input.h"
#include "network_shares.h"

namespace ledd::knee {
namespace {

constexpr double kFoundMm2 = 60.0;  // of bone or cartilage in one slice: less is taken for chance

constexpr double kMostAcrossMm = 1.6;  // slices farther apart were not learned from, across them
constexpr float kAcrossWeight = 0.1F;  // of the coronal and axial views together; evaluate.py weights

/// The slices to be looked at, and where in them.
struct Region {
  Window window;
  long first = 0, end = 0;
};

/// The smallest window that holds all pixels that are more likely something than nothing; empty when there
/// are too few of them.
std::optional<Window> found_in(const std::vector<float>& shares, const WorkSize& size) {
  long pixels = 0;
  int left = size.columns, right = -1, top = size.rows, bottom = -1;
  for (int y = 0; y < size.rows; ++y)
    for (int x = 0; x < size.columns; ++x) {
      if (!(shares[size.at(y, x)] < 0.5F)) continue;  // class 0: air
      ++pixels;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  if (static_cast<double>(pixels) * kWorkMm * kWorkMm < kFoundMm2) return std::nullopt;
  return Window{left, top, right - left + 1, bottom - top + 1};
}

Window united(const Window& a, const Window& b) {
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

Window with_margin(const Window& w, int margin, const WorkSize& size) {
  const int x = std::max(0, w.x - margin), y = std::max(0, w.y - margin);
  return {x,
          y,
          std::min(size.columns, w.x + w.width + margin) - x,
          std::min(size.rows, w.y + w.height + margin) - y};
}

Region find_region(const WorkingSlices& slices,
                   double slice_mm,
                   const KneeSegmentation::Params& params,
                   Networks& networks,
                   Context& context) {
  const WorkSize size = slices.size();
  const Window whole{0, 0, size.columns, size.rows};
  const long stride = std::max(1L, std::lround(params.coarse_step_mm / slice_mm));
  const long count = (slices.count() + stride - 1) / stride;
  std::vector<std::optional<Window>> found(static_cast<std::size_t>(count));
  for_each(count, context, [&](long n) {
    const long z = std::min(slices.count() - 1, n * stride + stride / 2);
    found[static_cast<std::size_t>(n)] = found_in(networks.shares(slices.slab(z, whole), whole), size);
  });
  std::optional<Window> window;
  long first = count, last = -1;
  for (long n = 0; n < count; ++n) {
    const auto& here = found[static_cast<std::size_t>(n)];
    if (!here) continue;
    window = window ? united(*window, *here) : *here;
    first = std::min(first, n);
    last = n;
  }
  require(window.has_value(),
          Errc::kInput,
          "no bone or cartilage of a knee was found: is this a sagittal image of a knee?");
  return {with_margin(*window, static_cast<int>(std::lround(params.margin_mm / kWorkMm)), size),
          std::max(0L, (first - 1) * stride),
          std::min(slices.count(), (last + 2) * stride)};
}

Part part_of(const Region& region, const WorkingSlices& slices) {
  const auto share = [](long n, long length) { return static_cast<double>(n) / static_cast<double>(length); };
  const Window& w = region.window;
  const WorkSize size = slices.size();
  return {{share(w.x, size.columns), share(w.y, size.rows), share(region.first, slices.count())},
          {share(w.x + w.width, size.columns),
           share(w.y + w.height, size.rows),
           share(region.end, slices.count())}};
}

/// Shares of one slice on working pixels, brought to the pixels of the volume, merged with the other views'
/// and stored.
class Painter {
 public:
  /// @param across  The other views; null where the slices are too far apart for them.
  Painter(const Volume& sagittal, const WorkSize& work, const CrossViews* across, Fields& out)
      : out_(out), across_(across) {
    const auto size = sagittal.GetLargestPossibleRegion().GetSize();
    up_ = {work, {static_cast<int>(size[1]), static_cast<int>(size[0])}, false, false};
    pixels_ = size[0] * size[1];
    out.grid = {static_cast<long>(size[0]), static_cast<long>(size[1]), static_cast<long>(size[2]), {}, {}};
    for (unsigned a = 0; a < 3; ++a) out.grid.mm[a] = sagittal.GetSpacing()[a];
    out.grid.classes.assign(pixels_ * size[2], kAir);
    for (auto& field : out.probability) {
      field = Volume::New();
      field->CopyInformation(&sagittal);
      field->SetRegions(sagittal.GetLargestPossibleRegion());
      field->Allocate(true);
    }
  }

  void paint(const std::vector<float>& shares, const Window& window, long z) const {
    std::vector<float> all = on_pixels(shares, window);
    if (across_ != nullptr) pool(all, across_->log_shares(z));
    const std::size_t offset = static_cast<std::size_t>(z) * pixels_;
    std::vector<float> best(all.begin(), all.begin() + static_cast<long>(pixels_));  // of class 0: air
    for (std::size_t c = 1; c < kClasses; ++c) {
      const float* const own = all.data() + c * pixels_;
      std::copy(own, own + pixels_, out_.probability[c - 1]->GetBufferPointer() + offset);
      for (std::size_t q = 0; q < pixels_; ++q) {
        if (!(own[q] > best[q])) continue;
        best[q] = own[q];
        out_.grid.classes[offset + q] = static_cast<std::uint8_t>(c);
      }
    }
  }

 private:
  /// Class by class on the pixels of the volume; air outside of the window.
  std::vector<float> on_pixels(const std::vector<float>& shares, const Window& window) const {
    const std::size_t count =
        static_cast<std::size_t>(window.height) * static_cast<std::size_t>(window.width);
    std::vector<float> plane(static_cast<std::size_t>(up_.from.rows) *
                             static_cast<std::size_t>(up_.from.columns));
    std::vector<float> all;
    all.reserve(kClasses * pixels_);
    for (std::size_t c = 0; c < kClasses; ++c) {
      std::fill(plane.begin(), plane.end(), c == kAir ? 1.0F : 0.0F);
      for (int y = 0; y < window.height; ++y) {
        const float* from = shares.data() + c * count + WorkSize{window.height, window.width}.at(y, 0);
        std::copy(from, from + window.width, plane.data() + up_.from.at(window.y + y, window.x));
      }
      const auto own = resized(plane.data(), up_);
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }

  /// Weighted geometric mean with the other views, so that a sharp border stays where the sharper view has
  /// it.
  void pool(std::vector<float>& all, const std::vector<float>& logs) const {
    std::vector<float> sum(pixels_, 0.0F);
    for (std::size_t c = 0; c < kClasses; ++c)
      for (std::size_t q = 0; q < pixels_; ++q) {
        float& p = all[c * pixels_ + q];
        p = std::exp((1.0F - kAcrossWeight) * std::log(std::max(p, kLeastShare)) +
                     kAcrossWeight * logs[c * pixels_ + q]);
        sum[q] += p;
      }
    for (std::size_t c = 0; c < kClasses; ++c)
      for (std::size_t q = 0; q < pixels_; ++q) all[c * pixels_ + q] /= sum[q];
  }
  Fields& out_;
  const CrossViews* across_;
  Resize up_;
  std::size_t pixels_ = 0;
};

}  // namespace

Fields run_networks(const Volume& sagittal,
                    const KneeNetworks& onnx,
                    const KneeSegmentation::Params& params,
                    Context& context) {
  const WorkingSlices slices(sagittal);
  Networks networks(onnx.sagittal);
  const double slice_mm = sagittal.GetSpacing()[2];
  const Region region = find_region(slices, slice_mm, params, networks, context);
  std::optional<CrossViews> across;
  if (params.cross_views && slice_mm <= kMostAcrossMm)
    across.emplace(sagittal, part_of(region, slices), onnx.cross, context);
  Fields out;
  const Painter painter(sagittal, slices.size(), across ? &*across : nullptr, out);
  for_each(region.end - region.first, context, [&](long n) {
    const long z = region.first + n;
    painter.paint(networks.shares(slices.slab(z, region.window), region.window), region.window, z);
  });
  return out;
}

}  // namespace ledd::knee
