#include "colour.h"

#include <algorithm>
#include <cmath>

namespace ledd::dicom_results {
namespace {

double linear(std::uint8_t channel) {
  const double c = channel / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

double lab_curve(double t) {
  constexpr double kDelta = 6.0 / 29.0;
  return t > kDelta * kDelta * kDelta ? std::cbrt(t) : t / (3 * kDelta * kDelta) + 4.0 / 29.0;
}

std::uint16_t scaled(double value, double low, double high) {
  return static_cast<std::uint16_t>(
      std::lround(std::clamp((value - low) / (high - low), 0.0, 1.0) * 65535.0));
}

}  // namespace

std::array<std::uint16_t, 3> dicom_lab(const std::array<std::uint8_t, 3>& rgb) {
  const double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
  // sRGB to XYZ, adapted to D50 (Bradford); the rows add up to D50's white.
  const double x = lab_curve((0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / 0.96422);
  const double y = lab_curve(0.2225045 * r + 0.7168786 * g + 0.0606169 * b);
  const double z = lab_curve((0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / 0.82521);
  return {scaled(116 * y - 16, 0, 100), scaled(500 * (x - y), -128, 127), scaled(200 * (y - z), -128, 127)};
}

}  // namespace ledd::dicom_results
