#pragma once
#include "ledd/image/image.h"

namespace ledd {

/// Reads an image between its voxels.
template <class Image>
class Sampled {
 public:
  explicit Sampled(const Image& image);

  Point index_of(const Point& p_lps_mm) const;
  /// Whether a point lies within the outermost voxels.
  bool covers(const Point& p_lps_mm) const;
  /// Linear; beyond the border the nearest voxel.
  double at(const Point& p_lps_mm) const {
    return between(p_lps_mm, [](auto v) { return static_cast<double>(v); });
  }
  /// The share of a value around a point, 0..1; 0 beyond the border.
  double share_of(typename Image::PixelType value, const Point& p_lps_mm) const {
    return covers(p_lps_mm) ? between(p_lps_mm, [value](auto v) { return v == value ? 1.0 : 0.0; }) : 0.0;
  }

 private:
  template <class Read>
  double between(const Point& p_lps_mm, const Read& read) const;

  const typename Image::PixelType* voxels_;
  std::array<long, 3> size_{};
  Point origin_{};
  std::array<Point, 3> index_from_lps_{};  ///< Rows.
};

extern template class Sampled<Volume>;
extern template class Sampled<Labels>;

template <class Image>
template <class Read>
double Sampled<Image>::between(const Point& p_lps_mm, const Read& read) const {
  const Point q = index_of(p_lps_mm);
  std::array<long, 3> low{}, high{};
  Point t{};
  for (unsigned a = 0; a < 3; ++a) {
    const double within =
        q[a] > 0.0 ? (q[a] < static_cast<double>(size_[a] - 1) ? q[a] : static_cast<double>(size_[a] - 1))
                   : 0.0;
    low[a] = static_cast<long>(within);
    high[a] = low[a] + 1 < size_[a] ? low[a] + 1 : low[a];
    t[a] = within - static_cast<double>(low[a]);
  }
  const auto row = [&](long y, long z) {
    const auto* line = voxels_ + (z * size_[1] + y) * size_[0];
    return (1.0 - t[0]) * read(line[low[0]]) + t[0] * read(line[high[0]]);
  };
  const double front = (1.0 - t[1]) * row(low[1], low[2]) + t[1] * row(high[1], low[2]);
  const double back = (1.0 - t[1]) * row(low[1], high[2]) + t[1] * row(high[1], high[2]);
  return (1.0 - t[2]) * front + t[2] * back;
}

}  // namespace ledd
