#include "destroy.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace ledd::accuracy {
namespace {

std::span<float> values_of(Volume& scan) {
  return {scan.GetBufferPointer(), scan.GetLargestPossibleRegion().GetNumberOfPixels()};
}

double mean_of(std::span<const float> values) {
  double sum = 0.0;
  for (const float v : values) sum += static_cast<double>(v);
  return sum / static_cast<double>(values.size());
}

}  // namespace

void turn_over(Volume& scan) {
  const auto values = values_of(scan);
  const float highest = *std::max_element(values.begin(), values.end());
  for (float& v : values) v = highest - v;
}

void fold_contrast(Volume& scan) {
  const auto values = values_of(scan);
  std::vector<float> bright;
  const auto mean = static_cast<float>(mean_of(values));
  std::copy_if(values.begin(), values.end(), std::back_inserter(bright), [&](float v) { return v > mean; });
  const auto middle = bright.begin() + static_cast<long>(bright.size() / 2);
  std::nth_element(bright.begin(), middle, bright.end());
  for (float& v : values) v = std::abs(v - *middle);
}

void drown(Volume& scan) {
  const auto values = values_of(scan);
  std::mt19937_64 random(5);
  std::normal_distribution<float> normal(0.0F, 2.0F * static_cast<float>(mean_of(values)));
  for (float& v : values) v = std::hypot(v + normal(random), normal(random));
}

void lay_down(Volume& scan) {
  auto direction = scan.GetDirection();
  for (unsigned row = 0; row < 3; ++row) std::swap(direction(row, 0), direction(row, 1));
  scan.SetDirection(direction);
}

void shuffle(Volume& scan) {
  const auto values = values_of(scan);
  std::mt19937_64 random(7);
  for (std::size_t n = values.size(); n > 1; --n) std::swap(values[n - 1], values[random() % n]);
}

}  // namespace ledd::accuracy
