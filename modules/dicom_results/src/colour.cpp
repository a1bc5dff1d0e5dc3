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

std::uint8_t channel(double linear) {
  const double c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1.0 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(std::clamp(c, 0.0, 1.0) * 255.0));
}

double lab_curve_back(double t) {
  constexpr double kDelta = 6.0 / 29.0;
  return t > kDelta ? t * t * t : 3 * kDelta * kDelta * (t - 4.0 / 29.0);
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

std::array<std::uint8_t, 3> rgb_of(const std::array<std::uint16_t, 3>& lab) {
  const double l = lab[0] / 65535.0 * 100.0;
  const double a = lab[1] / 65535.0 * 255.0 - 128.0, b = lab[2] / 65535.0 * 255.0 - 128.0;
  const double middle = (l + 16.0) / 116.0;
  const double x = 0.96422 * lab_curve_back(middle + a / 500.0), y = lab_curve_back(middle);
  const double z = 0.82521 * lab_curve_back(middle - b / 200.0);
  // The inverse of the matrix above.
  return {channel(3.1338561 * x - 1.6168667 * y - 0.4906146 * z),
          channel(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z),
          channel(0.0719453 * x - 0.2289914 * y + 1.4052427 * z)};
}

}  // namespace ledd::dicom_results
