#pragma once
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "ledd/relaxometry/relaxometry.h"

#include "phantom.h"

namespace ledd::decay {

/// Echo images of which each voxel is made by hand.
struct Series {
  std::vector<Volume::Pointer> images;
  std::vector<double> times_ms;

  std::vector<Echo> echoes() const {
    std::vector<Echo> all;
    for (std::size_t i = 0; i < images.size(); ++i) all.push_back({images[i].GetPointer(), times_ms[i]});
    return all;
  }
};

/// signal(time, voxel) on a grid whose spacings differ.
inline Series series(const std::vector<double>& times_ms,
                     std::size_t voxels,
                     const std::function<double(double, std::size_t)>& signal) {
  Series made;
  made.times_ms = times_ms;
  for (const double t : times_ms) {
    made.images.push_back(phantom::blank<Volume>({voxels, 1, 1}, {0.3, 0.4, 4.0}, 0.0F));
    for (std::size_t v = 0; v < voxels; ++v)
      made.images.back()->GetBufferPointer()[v] = static_cast<float>(signal(t, v));
  }
  return made;
}

struct Tissue {
  double s0 = 0.0, t2_ms = 0.0;
};

/// Magnitudes of S0 exp(-t/T) with noise in both channels.
inline Series noisy(
    const std::vector<double>& times_ms, std::size_t voxels, Tissue tissue, double sigma, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0.0, sigma);
  return series(times_ms, voxels, [&](double t, std::size_t) {
    const double real = tissue.s0 * std::exp(-t / tissue.t2_ms) + noise(random);
    return std::hypot(real, noise(random));
  });
}

inline std::vector<double> every(double spacing_ms, int count) {
  std::vector<double> times;
  for (int i = 1; i <= count; ++i) times.push_back(spacing_ms * i);
  return times;
}

inline double at(const Volume& map, std::size_t v) {
  return static_cast<double>(map.GetBufferPointer()[v]);
}
inline FitQuality code(const Relaxometry::Result& result, std::size_t v) {
  return static_cast<FitQuality>(result.quality->GetBufferPointer()[v]);
}

}  // namespace ledd::decay
