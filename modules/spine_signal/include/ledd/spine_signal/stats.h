#pragma once
#include <functional>
#include <span>
#include <vector>

namespace ledd::spine_signal {

/// The p-th quantile, 0..1, linear between order statistics. NaN for none.
double quantile(std::vector<double> values, double p);
inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

/// 1.4826 times the median absolute deviation: the SD of a normal distribution.
double scatter(const std::vector<double>& values);

/// Mean of the values under the highest peak, between the places where the density falls to half of it.
/// Density: Gaussian kernel, bandwidth after Silverman (1986). The median if all are alike or fewer than 8.
/// Less moved by partial volume and a second tissue than the mean. NaN for none.
double peak_centred_mean(const std::vector<double>& values);

/// Otsu's separability: variance between the two classes of the best threshold over all variance, 0..1.
/// 0.64 for a normal distribution, near 1 for two tissues. 0 if all are alike.
double otsu_separability(std::vector<double> values);

/// A sample with the slice each value comes from.
struct BySlice {
  std::vector<double> values;
  std::vector<int> slices;  ///< As many.
  void add(double value, int slice) {
    values.push_back(value);
    slices.push_back(slice);
  }
};

/// Standard error of `estimate` by the jackknife that leaves out one slice at a time; 0 with one slice.
double jackknife_se(const BySlice& sample, const std::function<double(const std::vector<double>&)>& estimate);

/// The same where the estimates with one slice left out are known.
double jackknife_se(std::span<const double> left_out);

}  // namespace ledd::spine_signal
