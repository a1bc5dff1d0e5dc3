#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"

#include "probability.h"

namespace ledd::spine {

/// The value of a work-grid function at a native pixel, linear between work pixels, none outside the box.
class Upsampler {
 public:
  Upsampler(long first, long count, double spacing_mm, long native);
  bool inside(std::size_t i) const { return low_[i] >= 0; }
  long low(std::size_t i) const { return low_[i]; }
  float t(std::size_t i) const { return t_[i]; }
  long nearest(std::size_t i) const { return low_[i] + (t_[i] > 0.5F ? 1 : 0); }

 private:
  std::vector<long> low_;
  std::vector<float> t_;
};

/// Carries instances and probabilities from the work grid to the grid of the image.
class Painter {
 public:
  Painter(const Volume& like, const Probability& p);

  /// @param ids       Instance of every work pixel, 0 for none.
  /// @param channels  Their larger probability is painted; twice the same for one channel.
  /// @param labels, probability  On the grid of the image, all 0 before.
  void paint(const std::vector<std::uint16_t>& ids,
             std::array<Channel, 2> channels,
             Labels& labels,
             Volume& probability) const;

  /// One channel as it is.
  void copy(Channel channel, Volume& probability) const;

 private:
  float value(Channel channel, std::size_t i, std::size_t j, long z) const;
  std::uint16_t id_near(const std::vector<std::uint16_t>& ids, std::size_t i, std::size_t j, long z) const;
  template <class Visit>
  void each_voxel(Visit&& visit) const;

  const Probability& p_;
  Volume::SizeType size_;
  Upsampler columns_, rows_;
};

}  // namespace ledd::spine
