#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::canal {

using spine::add, spine::cross, spine::dot, spine::norm, spine::sub, spine::unit;

/// An image seen as a stack of sagittal slices: u, v in millimetres in the slice, w across, from the first
/// voxel's centre.
struct Stack {
  explicit Stack(const itk::ImageBase<3>& image);

  Point in_stack(const Point& p_lps_mm) const;  ///< {u, v, w}
  Point lps(const Point& uvw_mm) const;
  std::size_t offset(long iu, long iv, long k) const {
    return static_cast<std::size_t>(iu) * stride[0] + static_cast<std::size_t>(iv) * stride[1] +
           static_cast<std::size_t>(k) * stride[2];
  }
  /// Linear within the slice; NaN outside the image or for a slice that is not there.
  double sample(const float* values, double u_mm, double v_mm, long k) const;
  /// Linear in all three; NaN outside.
  double sample(const float* values, const Point& p_lps_mm) const;

  Point origin_lps_mm{};
  std::array<Point, 3> direction{};  ///< Unit vectors of u, v, w.
  std::array<double, 3> spacing_mm{};
  std::array<long, 3> size{};
  std::array<std::size_t, 3> stride{};
};

/// A matrix of s along the curve (rows) and t behind the wall (columns).
struct Sheet {
  Sheet() = default;
  Sheet(std::size_t row_count, std::size_t column_count, double value = 0.0)
      : rows(row_count), columns(column_count), values(row_count * column_count, value) {}
  double& operator()(std::size_t s, std::size_t t) { return values[s * columns + t]; }
  double operator()(std::size_t s, std::size_t t) const { return values[s * columns + t]; }
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
};

/// Gaussian of `sigma` samples, cut at 4 sigma, border values repeated.
std::vector<double> gaussian(const std::vector<double>& values, double sigma);
/// The same along s or t of a sheet.
Sheet gaussian_s(const Sheet& sheet, double sigma);
Sheet gaussian_t(const Sheet& sheet, double sigma);
/// Linear between order statistics; `values` must not be empty.
double percentile(std::vector<double> values, double percent);

}  // namespace ledd::canal
