#include "scene.h"

#include <algorithm>
#include <cmath>

namespace ledd::ct_phantom {
namespace {

using phantom::Vec;

// The body: an ellipse whose back rests on the pad.
constexpr double kFatMm = 18.0;
constexpr double kFatHu = -100.0, kMuscleHu = 50.0, kBloodHu = 42.0, kCortexHu = 900.0, kAirHu = -1000.0;
constexpr Vec kVertebra{0, 25, 0}, kVertebraHalf{23, 17, 0}, kAorta{16, -8, 0}, kGas{-70, -35, 0};
constexpr double kCortexMm = 2.0;

}  // namespace

Scene::Scene(const Params& params) : params_(params) {
  vertebra_hu_ = params.beta_hu + params.sigma_hu * params.vbmd_mg_cm3;
  if (params_.pad) pad_.emplace(*params_.pad, Line{params.sigma_hu, params.beta_hu});
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
  if (params_.couch) hu = paint_couch(p, hu, pad_ ? pad_->half_height_mm() : 0.0);
  if (pad_) hu = pad_->paint(p, hu, params_.cupping_hu);
  hu = paint_body(p, hu);
  if (params_.hardening > 0.0 && hu > 0.0) hu -= params_.hardening * hu * hu / 1000.0;
  return params_.metal ? paint_metal(p, hu) : hu;
}

}  // namespace ledd::ct_phantom
