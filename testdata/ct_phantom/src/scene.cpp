#include "scene.h"

#include <algorithm>
#include <cmath>

namespace ledd::ct_phantom {
namespace {

using phantom::Vec;

constexpr double kBlurMm = 1.0;
// The body: an ellipse whose back rests on the pad.
constexpr double kBodyLeftMm = 165.0, kBodyBackMm = 105.0, kFatMm = 18.0;
constexpr double kFatHu = -100.0, kMuscleHu = 50.0, kBloodHu = 42.0, kCortexHu = 900.0, kAirHu = -1000.0;
constexpr Vec kVertebra{0, 25, 0}, kVertebraHalf{23, 17, 0}, kAorta{16, -8, 0}, kGas{-70, -35, 0};
constexpr double kCortexMm = 2.0;

/// `value` gives way to `inside` where `distance_mm` is negative, over the blur.
double over(double value, double inside, double distance_mm) {
  return value + (inside - value) * (1.0 - phantom::smooth_step(-kBlurMm, kBlurMm, distance_mm));
}

/// About the distance to an upright elliptic cylinder: exact on its axes.
double ellipse(const Vec& p, const Vec& centre, double half_x_mm, double half_y_mm) {
  const double u = (p.x - centre.x) / half_x_mm, v = (p.y - centre.y) / half_y_mm;
  const double f = std::hypot(u, v);
  const double gradient = std::hypot(u / half_x_mm, v / half_y_mm);
  return f < 1e-9 ? -std::min(half_x_mm, half_y_mm) : (f - 1.0) * f / gradient;
}

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

Scene::Scene(const Params& params) : params_(params) {
  vertebra_hu_ = params.beta_hu + params.sigma_hu * params.vbmd_mg_cm3;
  if (params_.pad) place_pad();
}

void Scene::place_pad() {
  const Pad& pad = *params_.pad;
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
  pad_centre_ = {pad.shift_left_mm, kBodyBackMm + half_height_mm_ + 4.0, 0};
  const double sigma_ref = params_.sigma_hu + 0.2174, beta_ref = params_.beta_hu - 999.6;
  for (std::size_t n = 0; n < rod_in_pad_.size(); ++n) {
    const CalibrationRod& rod = pad.phantom.rods[n];
    rod_in_pad_[n] = rod_in_pad_[n] - middle;
    RodTruth truth;
    truth.number = static_cast<int>(n) + 1;
    truth.radius_mm = radius_mm;
    truth.direction_lps = phantom::as_array(along_);
    truth.hu = pad.phantom.has_water() ? rod.water_mg_cm3 + sigma_ref * rod.density_mg_cm3 + beta_ref
                                       : params_.beta_hu + params_.sigma_hu * rod.density_mg_cm3;
    rods_.push_back(truth);
  }
  if (pad.swapped[0] > 0)
    std::swap(rods_[static_cast<std::size_t>(pad.swapped[0]) - 1].hu,
              rods_[static_cast<std::size_t>(pad.swapped[1]) - 1].hu);
  for (std::size_t n = 0; n < rods_.size(); ++n)
    rods_[n].point_lps_mm =
        phantom::as_array(pad_centre_ + rod_in_pad_[n].x * across_ + rod_in_pad_[n].y * through_);
}

double Scene::vertebra_distance_mm(const Vec& p) const {
  return ellipse(p, kVertebra, kVertebraHalf.x - kCortexMm, kVertebraHalf.y - kCortexMm);
}

double Scene::paint_body(const Vec& p, double hu) const {
  const Vec body{0, 0, 0};
  const double skin_mm = ellipse(p, body, kBodyLeftMm, kBodyBackMm);
  if (skin_mm > kBlurMm) return hu;
  hu = over(hu, kFatHu, skin_mm);
  hu = over(hu, kMuscleHu, ellipse(p, body, kBodyLeftMm - kFatMm, kBodyBackMm - kFatMm));
  hu = over(hu, kFatHu, ellipse(p, {0, -35, 0}, 60, 35));
  hu = over(hu, kBloodHu, ellipse(p, kAorta, 10, 10));
  hu = over(hu, kBloodHu, ellipse(p, {-14, -5, 0}, 12, 9));
  hu = over(hu, kAirHu, ellipse(p, kGas, 14, 14));
  hu = over(hu, 30.0, ellipse(p, {75, 30, 0}, 26, 22));  // kidneys
  hu = over(hu, 30.0, ellipse(p, {-75, 30, 0}, 26, 22));
  hu = over(hu, kCortexHu, ellipse(p, {0, 68, 0}, 4, 14));  // process
  hu = over(hu, 15.0, ellipse(p, {0, 50, 0}, 9, 8));        // canal
  hu = over(hu, kCortexHu, ellipse(p, kVertebra, kVertebraHalf.x, kVertebraHalf.y));
  hu = over(hu, vertebra_hu_, vertebra_distance_mm(p));
  const double edge = std::hypot(p.x / kBodyLeftMm, p.y / kBodyBackMm);
  return hu - params_.cupping_hu * std::max(0.0, 1.0 - edge * edge);
}

double Scene::paint_pad(const Vec& p, double hu) const {
  const Vec q = p - pad_centre_;
  const double x = phantom::dot(q, across_), y = phantom::dot(q, through_), z = phantom::dot(q, along_);
  const double box_mm = std::max({std::fabs(x) - half_width_mm_,
                                  std::fabs(y) - half_height_mm_,
                                  std::fabs(z) - 0.5 * params_.pad->length_mm});
  if (box_mm > kBlurMm) return hu;
  double pad = params_.pad->matrix_hu;
  for (std::size_t n = 0; n < rods_.size(); ++n)
    pad = over(pad, rods_[n].hu, std::hypot(x - rod_in_pad_[n].x, y - rod_in_pad_[n].y) - rods_[n].radius_mm);
  // The pad lies outside the body's cupping, but not far: a third of it, highest in the middle.
  const double middle = std::max(0.0, 1.0 - std::pow(p.x / kBodyLeftMm, 2));
  return over(hu, pad - params_.cupping_hu / 3.0 * middle, box_mm);
}

double Scene::paint_metal(const Vec& p, double hu) const {
  const Vec centre{4, 30, 0};
  const double r = std::hypot(p.x - centre.x, p.y - centre.y);
  if (r > 6.0) {
    const double angle = std::atan2(p.y - centre.y, p.x - centre.x);
    hu += 6000.0 / (r + 8.0) * std::pow(std::cos(3.0 * angle + 0.05 * p.z), 5);
  }
  return over(hu, 3000.0, r - 6.0);
}

double Scene::hu(const Vec& p) const {
  double hu = kAirHu;
  if (params_.couch) {
    const double table_mm = kBodyBackMm + 2.0 * half_height_mm_ + 8.0;
    hu = over(hu, -200.0, std::max(std::fabs(p.x) - 210.0, std::fabs(p.y - table_mm - 20.0) - 20.0));
    hu = over(hu, -900.0, std::max(std::fabs(p.x) - 208.0, std::fabs(p.y - table_mm - 20.0) - 18.0));
  }
  if (params_.pad) hu = paint_pad(p, hu);
  hu = paint_body(p, hu);
  if (params_.hardening > 0.0 && hu > 0.0) hu -= params_.hardening * hu * hu / 1000.0;
  return params_.metal ? paint_metal(p, hu) : hu;
}

}  // namespace ledd::ct_phantom
