#include <vnl/algo/vnl_symmetric_eigensystem.h>
#include <vnl/vnl_matrix_fixed.h>
#include <vnl/vnl_vector_fixed.h>

#include <cmath>
#include <numbers>

#include "ledd/trabecular_structure/bone_surface.h"

namespace ledd {
namespace {

constexpr int kDirections = 512;
/// Where the fitted 1/MIL^2 of one axis is this small a part of another's, it is none.
constexpr double kNone = 1e-6;

/// On half a sphere, of equal shares: equal steps along the axis, turned by the golden angle.
Point direction(int n) {
  const double z = (n + 0.5) / kDirections, r = std::sqrt(1.0 - z * z);
  const double turn = std::numbers::pi * (3.0 - std::sqrt(5.0)) * n;
  return {r * std::cos(turn), r * std::sin(turn), z};
}

double meets(const std::vector<Point>& facets, const Point& d) {
  double sum = 0.0;
  for (const Point& f : facets) sum += std::abs(f[0] * d[0] + f[1] * d[1] + f[2] * d[2]);
  return sum;
}

using Six = vnl_vector_fixed<double, 6>;

/// d' M d = products(d) . M's six numbers.
Six products(const Point& d) {
  Six p;
  const double two = 2.0;
  p[0] = d[0] * d[0];
  p[1] = d[1] * d[1];
  p[2] = d[2] * d[2];
  p[3] = two * d[0] * d[1];
  p[4] = two * d[0] * d[2];
  p[5] = two * d[1] * d[2];
  return p;
}

/// Least squares by the normal equations: six unknowns, directions all round.
Six fitted(const BoneSurface& surface, double volume_mm3) {
  vnl_matrix<double> normal(6, 6, 0.0);
  Six right(0.0);
  for (int n = 0; n < kDirections; ++n) {
    const Point d = direction(n);
    const double per_mm = meets(surface.facets_lps_mm2, d) / volume_mm3;
    const Six p = products(d);
    for (unsigned r = 0; r < 6; ++r) {
      right[r] += p[r] * per_mm * per_mm;
      for (unsigned c = 0; c < 6; ++c) normal(r, c) += p[r] * p[c];
    }
  }
  vnl_symmetric_eigensystem<double> system(normal);
  return Six(system.solve(right.as_vector()).data_block());
}

}  // namespace

std::optional<Anisotropy> mean_intercept_length(const BoneSurface& surface, double volume_mm3) {
  if (!(surface.area_mm2 > 0.0) || !(volume_mm3 > 0.0)) return std::nullopt;
  const Six m = fitted(surface, volume_mm3);
  vnl_matrix<double> tensor(3, 3);
  for (unsigned a = 0; a < 3; ++a) tensor(a, a) = m[a];
  tensor(0, 1) = tensor(1, 0) = m[3];
  tensor(0, 2) = tensor(2, 0) = m[4];
  tensor(1, 2) = tensor(2, 1) = m[5];
  const vnl_symmetric_eigensystem<double> system(tensor);  // ascending: the longest MIL first
  if (!(system.D(0, 0) > kNone * system.D(2, 2))) return std::nullopt;
  Anisotropy result;
  for (unsigned k = 0; k < 3; ++k) {
    result.mil_mm[k] = 1.0 / std::sqrt(system.D(k, k));
    for (unsigned a = 0; a < 3; ++a) result.axes_lps[k][a] = system.V(a, k);
  }
  return result;
}

}  // namespace ledd
