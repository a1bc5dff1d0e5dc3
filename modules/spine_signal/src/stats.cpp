#include "ledd/spine_signal/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace ledd::spine_signal {
namespace {

constexpr std::size_t kBins = 512;
constexpr std::size_t kFewest = 8;  // a density of fewer values says nothing

/// Kernel density on kBins places from `low` in steps of `step`, not scaled.
std::vector<double> density(const std::vector<double>& values, double low, double step, double bandwidth) {
  std::vector<double> bins(kBins, 0.0);
  for (const double v : values) {
    const double at = std::clamp((v - low) / step, 0.0, static_cast<double>(kBins - 1) - 1e-9);
    const auto bin = static_cast<std::size_t>(at);
    bins[bin] += 1.0 - (at - static_cast<double>(bin));
    bins[bin + 1] += at - static_cast<double>(bin);
  }
  std::vector<double> kernel;
  for (std::size_t d = 0; static_cast<double>(d) * step <= 4.0 * bandwidth && d < kBins; ++d) {
    const double z = static_cast<double>(d) * step / bandwidth;
    kernel.push_back(std::exp(-0.5 * z * z));
  }
  std::vector<double> smooth(kBins, 0.0);
  for (std::size_t b = 0; b < kBins; ++b) {
    if (bins[b] == 0.0) continue;
    for (std::size_t d = 0; d < kernel.size(); ++d) {
      if (b + d < kBins) smooth[b + d] += bins[b] * kernel[d];
      if (d != 0 && b >= d) smooth[b - d] += bins[b] * kernel[d];
    }
  }
  return smooth;
}

}  // namespace

double quantile(std::vector<double> values, double p) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double where = p * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(where);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(low);
  std::nth_element(values.begin(), at, values.end());
  if (low + 1 == values.size()) return *at;
  const double next = *std::min_element(at + 1, values.end());
  return *at + (where - static_cast<double>(low)) * (next - *at);
}

double scatter(const std::vector<double>& values) {
  const double middle = median(values);
  std::vector<double> away;
  away.reserve(values.size());
  for (const double v : values) away.push_back(std::fabs(v - middle));
  return 1.4826 * median(std::move(away));
}

double peak_centred_mean(const std::vector<double>& values) {
  if (values.size() < kFewest) return median(values);
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double iqr = quantile(values, 0.75) - quantile(values, 0.25);
  const double sd = std::sqrt(squares / (n - 1.0));
  const double spread = iqr > 0.0 ? std::min(sd, iqr / 1.349) : sd;
  if (!(spread > 0.0)) return median(values);
  const double bandwidth = 0.9 * spread * std::pow(n, -0.2);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least - bandwidth;
  const double step = (*most - *least + 2.0 * bandwidth) / static_cast<double>(kBins - 1);
  const auto height = density(values, low, step, bandwidth);
  const auto peak = static_cast<std::size_t>(std::max_element(height.begin(), height.end()) - height.begin());
  std::size_t first = peak, last = peak;
  while (first > 0 && height[first] > 0.5 * height[peak]) --first;
  while (last + 1 < kBins && height[last] > 0.5 * height[peak]) ++last;
  double sum = 0.0, count = 0.0;
  for (const double v : values) {
    if (v < low + step * static_cast<double>(first) || v > low + step * static_cast<double>(last)) continue;
    sum += v;
    count += 1.0;
  }
  return count > 0.0 ? sum / count : low + step * static_cast<double>(peak);
}

double otsu_separability(std::vector<double> values) {
  if (values.size() < 2) return 0.0;
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  double all = 0.0;
  for (const double v : values) all += (v - total / n) * (v - total / n);
  if (!(all > 0.0)) return 0.0;
  double best = 0.0, below = 0.0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    below += values[i];
    const double count = static_cast<double>(i + 1);
    const double gap = below / count - (total - below) / (n - count);
    best = std::max(best, gap * gap * count * (n - count) / n);
  }
  return best / all;
}

double jackknife_se(const BySlice& sample,
                    const std::function<double(const std::vector<double>&)>& estimate) {
  const std::set<int> slices(sample.slices.begin(), sample.slices.end());
  if (slices.size() < 2) return 0.0;
  std::vector<double> estimates;
  for (const int left_out : slices) {
    std::vector<double> rest;
    for (std::size_t i = 0; i < sample.values.size(); ++i)
      if (sample.slices[i] != left_out) rest.push_back(sample.values[i]);
    estimates.push_back(estimate(rest));
  }
  return jackknife_se(estimates);
}

double jackknife_se(std::span<const double> left_out) {
  const double k = static_cast<double>(left_out.size());
  if (left_out.size() < 2) return 0.0;
  const double mean = std::accumulate(left_out.begin(), left_out.end(), 0.0) / k;
  double squares = 0.0;
  for (const double e : left_out) squares += (e - mean) * (e - mean);
  return std::sqrt((k - 1.0) / k * squares);
}

}  // namespace ledd::spine_signal
