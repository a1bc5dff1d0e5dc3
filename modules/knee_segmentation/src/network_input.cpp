#include "network_input.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace ledd::knee {
namespace {

constexpr double kNearMm = 1.5, kFarMm = 4.5, kBrightShare = 0.95;
constexpr float kMost = 3.0F;
constexpr int kMultiple = 32;

int work_pixels(std::size_t pixels, double mm) {
  return static_cast<int>(std::nearbyint(static_cast<double>(pixels) * mm / kWorkMm));  // half to even
}

/// Linear between order statistics.
float percentile(std::vector<float>& values, double share) {
  const double at = share * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(at));
  const auto nth = values.begin() + static_cast<long>(low);
  std::nth_element(values.begin(), nth, values.end());
  if (low + 1 == values.size()) return *nth;
  const float next = *std::min_element(nth + 1, values.end());
  return static_cast<float>(static_cast<double>(*nth) +
                            (at - static_cast<double>(low)) *
                                (static_cast<double>(next) - static_cast<double>(*nth)));
}

}  // namespace

WorkSize working_size(const Volume& sagittal) {
  const auto size = sagittal.GetLargestPossibleRegion().GetSize();
  return {work_pixels(size[1], sagittal.GetSpacing()[1]), work_pixels(size[0], sagittal.GetSpacing()[0])};
}

std::array<long, kSlabSlices> slab_offsets(double slice_mm) {
  const auto slices = [&](double mm) { return static_cast<long>(std::floor(mm / slice_mm + 0.5)); };
  const long near = std::max(1L, slices(kNearMm));
  const long far = std::max(near + 1, slices(kFarMm));
  return {-far, -near, 0, near, far};
}

std::vector<float> resized(const float* slice, const Resize& how) {
  // OpenCV takes no pointer to const; resize only reads.
  const cv::Mat in(how.from.rows, how.from.columns, CV_32F, const_cast<float*>(slice));
  std::vector<float> values(static_cast<std::size_t>(how.to.rows) * static_cast<std::size_t>(how.to.columns));
  cv::Mat out(how.to.rows, how.to.columns, CV_32F, values.data());
  const auto mode = [](bool area) { return area ? cv::INTER_AREA : cv::INTER_LINEAR; };
  if (how.area_x == how.area_y) {
    cv::resize(in, out, out.size(), 0, 0, mode(how.area_x));
  } else {
    cv::Mat between;
    cv::resize(in, between, cv::Size(how.to.columns, how.from.rows), 0, 0, mode(how.area_x));
    cv::resize(between, out, out.size(), 0, 0, mode(how.area_y));
  }
  return values;
}

WorkingSlices::WorkingSlices(const Volume& sagittal)
    : size_(working_size(sagittal)), offsets_(slab_offsets(sagittal.GetSpacing()[2])) {
  const auto size = sagittal.GetLargestPossibleRegion().GetSize();
  const Resize how{{static_cast<int>(size[1]), static_cast<int>(size[0])},
                   size_,
                   sagittal.GetSpacing()[0] < kWorkMm,
                   sagittal.GetSpacing()[1] < kWorkMm};
  for (std::size_t z = 0; z < size[2]; ++z)
    slices_.push_back(resized(sagittal.GetBufferPointer() + z * size[0] * size[1], how));
}

Planes slab_of(const std::array<const float*, kSlabSlices>& planes,
               const WorkSize& size,
               const Window& window) {
  const auto pixels = static_cast<std::size_t>(size.rows) * static_cast<std::size_t>(size.columns);
  std::vector<float> all;
  all.reserve(kSlabSlices * pixels);
  for (const float* plane : planes) all.insert(all.end(), plane, plane + pixels);
  const float bright = std::max(percentile(all, kBrightShare), 1e-6F);
  const auto padded = [](int n) { return (n + kMultiple - 1) / kMultiple * kMultiple; };
  Planes out{kSlabSlices, padded(window.height), padded(window.width), {}};
  out.values.resize(static_cast<std::size_t>(out.channels) * static_cast<std::size_t>(out.height) *
                    static_cast<std::size_t>(out.width));
  for (std::size_t n = 0; n < planes.size(); ++n)
    for (int y = 0; y < window.height; ++y) {
      const float* from = planes[n] + size.at(window.y + y, window.x);
      float* to =
          out.values.data() + WorkSize{out.height, out.width}.at(static_cast<int>(n) * out.height + y, 0);
      std::transform(
          from, from + window.width, to, [&](float x) { return std::clamp(x / bright, 0.0F, kMost); });
    }
  return out;
}

Planes WorkingSlices::slab(long z, const Window& window) const {
  std::array<const float*, kSlabSlices> planes{};
  std::transform(offsets_.begin(), offsets_.end(), planes.begin(), [&](long offset) {
    return slices_[static_cast<std::size_t>(std::clamp(z + offset, 0L, count() - 1))].data();
  });
  return slab_of(planes, size_, window);
}

}  // namespace ledd::knee
