#include "ledd/relaxometry/background_noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ledd {
namespace {

constexpr std::size_t kSquare = 16;
constexpr std::size_t kLeastSquares = 8;
constexpr double kRayleighRatio = 1.9130583802711007;  // sqrt(pi/2) / sqrt(2 - pi/2)
constexpr double kRatioTolerance = 0.12;
constexpr double kLevelTolerance = 0.30;
constexpr double kMostZeros = 0.02;

struct Square {
  double mean_square = 0.0, mean = 0.0, zeros = 0.0;

  double ratio() const { return mean / std::sqrt(mean_square - mean * mean); }
  bool is_air() const {
    return zeros <= kMostZeros && std::abs(ratio() / kRayleighRatio - 1.0) <= kRatioTolerance;
  }
};

Square square_at(const float* corner, std::size_t columns) {
  Square s;
  constexpr double kShare = 1.0 / static_cast<double>(kSquare * kSquare);
  for (std::size_t j = 0; j < kSquare; ++j)
    for (std::size_t i = 0; i < kSquare; ++i) {
      const double m = static_cast<double>(corner[j * columns + i]);
      s.mean += kShare * m;
      s.mean_square += kShare * m * m;
      s.zeros += m == 0.0 ? kShare : 0.0;
    }
  return s;
}

std::vector<Square> squares_of(const Volume& image) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  std::vector<Square> all;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j + kSquare <= size[1]; j += kSquare)
      for (std::size_t i = 0; i + kSquare <= size[0]; i += kSquare)
        all.push_back(square_at(image.GetBufferPointer() + (k * size[1] + j) * size[0] + i, size[0]));
  return all;
}

std::string no_air(const std::vector<Square>& all, std::size_t found) {
  std::size_t empty = 0;
  double lowest = std::numeric_limits<double>::infinity(), ratio = 0.0;
  for (const Square& s : all) {
    if (s.zeros > kMostZeros) ++empty;
    if (s.zeros <= kMostZeros && s.mean < lowest) {
      lowest = s.mean;
      ratio = s.ratio();
    }
  }
  if (all.empty()) return "the slices are smaller than 16 x 16 voxels";
  const double share = 100.0 * static_cast<double>(empty) / static_cast<double>(all.size());
  return fmt::format(
      "the background shows no noise: {} squares of 16 x 16 voxels are like air, {} are needed; {:.0f} % "
      "hold "
      "zeros, and mean / SD of the darkest other one is {:.2f} instead of 1.91",
      found,
      kLeastSquares,
      share,
      ratio);
}

}  // namespace

BackgroundNoise background_noise(const Volume& image) {
  const auto all = squares_of(image);
  std::vector<double> air;
  for (const Square& s : all)
    if (s.is_air()) air.push_back(s.mean_square);
  std::sort(air.begin(), air.end());
  BackgroundNoise noise;
  double sum = 0.0;
  std::size_t used = 0;
  const double factor = (1.0 + kLevelTolerance) * (1.0 + kLevelTolerance);
  for (; used < air.size() && air[used] <= factor * air.front(); ++used) sum += air[used];
  if (used < kLeastSquares) {
    noise.refusal = no_air(all, used);
    return noise;
  }
  noise.voxels = used * kSquare * kSquare;
  noise.sigma = std::sqrt(0.5 * sum / static_cast<double>(used));
  return noise;
}

}  // namespace ledd
