#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

namespace ledd {

/// Numbers with their mean and SD.
class Sample {
 public:
  void add(double x) { values_.push_back(x); }
  std::size_t n() const { return values_.size(); }
  double mean() const {
    double sum = 0.0;
    for (const double v : values_) sum += v;
    return sum / static_cast<double>(n());
  }
  double sd() const {
    double squares = 0.0;
    for (const double v : values_) squares += (v - mean()) * (v - mean());
    return std::sqrt(squares / static_cast<double>(n() - 1));
  }
  double rms() const {
    double squares = 0.0;
    for (const double v : values_) squares += v * v;
    return std::sqrt(squares / static_cast<double>(n()));
  }

 private:
  std::vector<double> values_;
};

}  // namespace ledd
