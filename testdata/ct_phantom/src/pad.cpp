#include "ledd/ct_phantom/pad.h"

#include <algorithm>
#include <cmath>

namespace ledd::ct_phantom {
namespace {

using phantom::Vec;

Vec turned(const Vec& v, const Pad& pad) {
  const auto rotate = [](double& a, double& b, double deg) {
    const double c = std::cos(deg * phantom::kRadPerDeg), s = std::sin(deg * phantom::kRadPerDeg);
    const double x = c * a - s * b, y = s * a + c * b;
    a = x;
    b = y;
  };
  Vec r = v;
  rotate(r.y, r.z, pad.tilt_deg);
  rotate(r.z, r.x, pad.yaw_deg);
  rotate(r.x, r.y, pad.turn_deg);
  return r;
}

}  // namespace

double ellipse(const Vec& p, const Vec& centre, double half_x_mm, double half_y_mm) {
  const double u = (p.x - centre.x) / half_x_mm, v = (p.y - centre.y) / half_y_mm;
  const double f = std::hypot(u, v);
  const double gradient = std::hypot(u / half_x_mm, v / half_y_mm);
  return f < 1e-9 ? -std::min(half_x_mm, half_y_mm) : (f - 1.0) * f / gradient;
}

PadSolid::PadSolid(const Pad& pad, const Line& line) : pad_(pad) {
  across_ = turned({pad.reversed ? -1.0 : 1.0, 0, 0}, pad);
  through_ = turned({0, 1, 0}, pad);
  along_ = turned({0, 0, 1}, pad);
  Vec low{1e9, 1e9, 0}, high{-1e9, -1e9, 0};
  for (const CalibrationRod& rod : pad.phantom.rods) {
    const Vec p{pad.scale * rod.position_mm[0], pad.scale * rod.position_mm[1], 0};
    low = {std::min(low.x, p.x), std::min(low.y, p.y), 0};
    high = {std::max(high.x, p.x), std::max(high.y, p.y), 0};
    rod_in_pad_.push_back(p);
  }
  const double radius_mm = 0.5 * pad.scale * pad.phantom.rod_diameter_mm;
  const Vec middle = 0.5 * (low + high);
  half_width_mm_ = 0.5 * (high.x - low.x) + radius_mm + 10.0;
  half_height_mm_ = 0.5 * (high.y - low.y) + radius_mm + 4.0;
  centre_ = {pad.shift_left_mm, kBodyBackMm + half_height_mm_ + 4.0, pad.shift_up_mm};
  for (Vec& p : rod_in_pad_) p = p - middle;
  set_rods(line);
}

void PadSolid::set_rods(const Line& line) {
  const double radius_mm = 0.5 * pad_.scale * pad_.phantom.rod_diameter_mm;
  const double sigma_ref = line.sigma_hu + 0.2174, beta_ref = line.beta_hu - 999.6;
  for (std::size_t n = 0; n < rod_in_pad_.size(); ++n) {
    const CalibrationRod& rod = pad_.phantom.rods[n];
    RodTruth truth;
    truth.number = static_cast<int>(n) + 1;
    truth.radius_mm = radius_mm;
    truth.direction_lps = phantom::as_array(along_);
    truth.hu = pad_.phantom.has_water() ? rod.water_mg_cm3 + sigma_ref * rod.density_mg_cm3 + beta_ref
                                        : line.beta_hu + line.sigma_hu * rod.density_mg_cm3;
    rods_.push_back(truth);
  }
  if (pad_.swapped[0] > 0)
    std::swap(rods_[static_cast<std::size_t>(pad_.swapped[0]) - 1].hu,
              rods_[static_cast<std::size_t>(pad_.swapped[1]) - 1].hu);
  for (std::size_t n = 0; n < rods_.size(); ++n)
    rods_[n].point_lps_mm =
        phantom::as_array(centre_ + rod_in_pad_[n].x * across_ + rod_in_pad_[n].y * through_);
}

double PadSolid::paint(const Vec& p, double hu, double cupping_hu) const {
  const Vec q = p - centre_;
  const double x = phantom::dot(q, across_), y = phantom::dot(q, through_), z = phantom::dot(q, along_);
  const double box_mm = std::max(
      {std::fabs(x) - half_width_mm_, std::fabs(y) - half_height_mm_, std::fabs(z) - 0.5 * pad_.length_mm});
  if (box_mm > kBlurMm) return hu;
  double pad = pad_.matrix_hu;
  for (std::size_t n = 0; n < rods_.size(); ++n)
    pad = over(pad, rods_[n].hu, std::hypot(x - rod_in_pad_[n].x, y - rod_in_pad_[n].y) - rods_[n].radius_mm);
  // The pad lies outside the body's cupping, but not far: a third of it, highest in the middle.
  const double middle = std::max(0.0, 1.0 - std::pow(p.x / kBodyLeftMm, 2));
  return over(hu, pad - cupping_hu / 3.0 * middle, box_mm);
}

double paint_couch(const Vec& p, double hu, double pad_half_height_mm) {
  const double table_mm = kBodyBackMm + 2.0 * pad_half_height_mm + 8.0;
  hu = over(hu, -200.0, std::max(std::fabs(p.x) - 210.0, std::fabs(p.y - table_mm - 20.0) - 20.0));
  return over(hu, -900.0, std::max(std::fabs(p.x) - 208.0, std::fabs(p.y - table_mm - 20.0) - 18.0));
}

}  // namespace ledd::ct_phantom
