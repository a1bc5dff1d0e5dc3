#include "slices.h"

#include <opencv2/imgproc.hpp>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace ledd::classical {
namespace {

/// Gaussian that takes out what pixels of `wanted_mm` cannot hold.
double anti_alias_px(double have_mm, double wanted_mm) {
  const double ratio = wanted_mm / have_mm;
  return ratio <= 1.0 ? 0.0 : 0.5 * std::sqrt(ratio * ratio - 1.0);
}

cv::Mat resampled(const cv::Mat& slice, double dx_mm, double dy_mm) {
  cv::Mat smooth = slice;
  const double sx = anti_alias_px(dx_mm, kWorkMm), sy = anti_alias_px(dy_mm, kWorkMm);
  if (sx > 0.0 || sy > 0.0)
    cv::GaussianBlur(
        slice, smooth, cv::Size(0, 0), std::max(sx, 0.01), std::max(sy, 0.01), cv::BORDER_REPLICATE);
  const int width = static_cast<int>(std::floor((slice.cols - 1) * dx_mm / kWorkMm)) + 1;
  const int height = static_cast<int>(std::floor((slice.rows - 1) * dy_mm / kWorkMm)) + 1;
  const cv::Mat source_from_work =
      (cv::Mat_<double>(2, 3) << kWorkMm / dx_mm, 0.0, 0.0, 0.0, kWorkMm / dy_mm, 0.0);
  cv::Mat work;
  cv::warpAffine(smooth,
                 work,
                 source_from_work,
                 {width, height},
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return work;
}

}  // namespace

cv::Mat Slices::slab(double z_mm, double half_mm) const {
  const long last = static_cast<long>(pixels.size()) - 1;
  const long nearest = std::clamp(std::lround(z_mm / spacing_mm), 0L, last);
  cv::Mat sum = pixels[static_cast<std::size_t>(nearest)].clone();
  int count = 1;
  for (long k = 0; k <= last; ++k) {
    if (k == nearest || std::abs(static_cast<double>(k) * spacing_mm - z_mm) > half_mm) continue;
    sum += pixels[static_cast<std::size_t>(k)];
    ++count;
  }
  return sum / count;
}

Slices slices_of(const Volume& turned) {
  const auto size = turned.GetLargestPossibleRegion().GetSize();
  const auto spacing = turned.GetSpacing();
  Slices slices;
  slices.spacing_mm = spacing[2];
  slices.pixels.resize(size[2]);
  tbb::parallel_for(std::size_t{0}, size[2], [&](std::size_t k) {
    const float* first = turned.GetBufferPointer() + k * size[0] * size[1];
    const cv::Mat view(
        static_cast<int>(size[1]), static_cast<int>(size[0]), CV_32F, const_cast<float*>(first));
    slices.pixels[k] = resampled(view, spacing[0], spacing[1]);
  });
  return slices;
}

cv::Mat halved(const cv::Mat& work) {
  cv::Mat smooth, half;
  cv::GaussianBlur(work, smooth, cv::Size(0, 0), 1.0, 1.0, cv::BORDER_REPLICATE);
  cv::resize(smooth, half, {(work.cols + 1) / 2, (work.rows + 1) / 2}, 0, 0, cv::INTER_NEAREST);
  return half;
}

float value_at(const cv::Mat& image, double x, double y) {
  const double cx = std::clamp(x, 0.0, static_cast<double>(image.cols - 1));
  const double cy = std::clamp(y, 0.0, static_cast<double>(image.rows - 1));
  const int i = std::min(static_cast<int>(cx), std::max(0, image.cols - 2));
  const int j = std::min(static_cast<int>(cy), std::max(0, image.rows - 2));
  const int right = std::min(i + 1, image.cols - 1), below = std::min(j + 1, image.rows - 1);
  const auto tx = static_cast<float>(cx - i), ty = static_cast<float>(cy - j);
  const auto *upper = image.ptr<float>(j), *lower = image.ptr<float>(below);
  return (upper[i] * (1.0F - tx) + upper[right] * tx) * (1.0F - ty) +
         (lower[i] * (1.0F - tx) + lower[right] * tx) * ty;
}

}  // namespace ledd::classical
