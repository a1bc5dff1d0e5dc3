#pragma once
#include <array>
#include <cmath>
#include <vector>

#include "ledd/image/image.h"

/// Shared by the stages of proximal_femur: vectors, and grids of cubes along the patient's axes.
namespace ledd::hip {

inline Point operator+(const Point& a, const Point& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline Point operator-(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline Point operator*(double s, const Point& a) {
  return {s * a[0], s * a[1], s * a[2]};
}
inline double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline double length(const Point& a) {
  return std::sqrt(dot(a, a));
}
inline Point unit(const Point& a) {
  return (1.0 / length(a)) * a;
}
inline Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// `count` directions, evenly spread.
std::vector<Point> directions(std::size_t count);

/// HU of a place that the scan does not show, or where it holds no number.
constexpr float kUnseen = -4000.0F;

/// Reads an image between its voxels, by the nearest eight.
class Sampler {
 public:
  explicit Sampler(const Volume& image);
  /// kUnseen beyond the centres of the outermost voxels by more than half a voxel, and beside a voxel without
  /// a number.
  float operator()(const Point& p_lps_mm) const;

 private:
  const float* value_;
  std::array<long, 3> size_{};
  Point origin_{};
  std::array<Point, 3> to_index_{};  ///< Rows.
};

struct Box {
  Point low_lps_mm{}, high_lps_mm{};
};

/// All that the image shows.
Box extent_of(const itk::ImageBase<3>& image);

/// A grid of cubes along the patient's axes that fills a box.
Volume::Pointer cubes(const Box& box, double edge_mm);

/// The image on such a grid, each cube the mean of eight places in it; kUnseen where one of them is.
Volume::Pointer resampled(const Volume& image, const Box& box, double edge_mm);

Point place_of(const itk::ImageBase<3>& grid, std::size_t voxel);

}  // namespace ledd::hip
