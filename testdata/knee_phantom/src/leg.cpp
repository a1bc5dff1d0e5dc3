#include "leg.h"

#include <algorithm>
#include <cmath>

namespace ledd::knee_phantom {
namespace {

using namespace anatomy;  // NOLINT(google-build-using-namespace): ids

constexpr double kCortexMm = 1.0, kSkinMm = 2.0, kFilmMm = 0.5;

Sample bone(double depth_mm, std::uint16_t label) {
  return {depth_mm > -kCortexMm ? Tissue::kCortex : Tissue::kMarrow, label};
}

Vec turned_about(const Vec& v, int axis, double deg) {
  const double c = std::cos(deg * phantom::kRadPerDeg), s = std::sin(deg * phantom::kRadPerDeg);
  if (axis == 0) return {v.x, c * v.y - s * v.z, s * v.y + c * v.z};
  if (axis == 1) return {c * v.x + s * v.z, v.y, -s * v.x + c * v.z};
  return {c * v.x - s * v.y, s * v.x + c * v.y, v.z};
}

bool in_capsule(const Vec& p, const Vec& a, const Vec& b, double radius) {
  const Vec ab = b - a;
  const double t = std::clamp(dot(p - a, ab) / dot(ab, ab), 0.0, 1.0);
  return norm(p - (a + t * ab)) < radius;
}

/// The wedge on one plateau, thicker outwards; open towards the eminence.
bool in_wedge(const Vec& p, const Ellipse& plate, double top, double inwards) {
  const Ellipse rim{plate.u, plate.v, plate.half_u + 5.0, plate.half_v + 5.0};
  const double r = rim.radius(p.x, p.y);
  if (r > 1.0 || r < 0.6) return false;
  if ((p.x - plate.u) * inwards > 0.6 * plate.half_u && std::fabs(p.y - plate.v) < 9.0) return false;
  return p.z > top && p.z < top + 0.8 + 15.0 * (r - 0.6);
}

}  // namespace

Leg::Leg(const KneeParams& params, Side side) : params_(params), mirror_(side == Side::kRight ? -1.0 : 1.0) {
  medial_mm_ = params.medial_mm - params.medial_loss_mm;
  centre_ = {mirror_ * params.beside_table_mm + params.shift_left_mm,
             params.shift_posterior_mm,
             params.shift_superior_mm};
  axes_ = {Vec{mirror_, 0, 0}, Vec{0, -1, 0}, Vec{0, 0, 1}};
  for (Vec& a : axes_)
    a = turned_about(
        turned_about(turned_about(a, 0, params.tilt_deg), 1, params.roll_deg), 2, params.turn_deg);
}

Vec Leg::lps_of(const Vec& p_leg) const {
  const double s = params_.size_scale;
  return centre_ + (s * p_leg.x) * axes_[0] + (s * p_leg.y) * axes_[1] + (s * p_leg.z) * axes_[2];
}

Vec Leg::leg_of(const Vec& p_lps_mm) const {
  const Vec r = (1.0 / params_.size_scale) * (p_lps_mm - centre_);
  return {dot(r, axes_[0]), dot(r, axes_[1]), dot(r, axes_[2])};
}

bool Leg::is_void(const Vec& p) const {
  return params_.metal && in_capsule(p, {-30, -5, 25}, {-8, -5, 45}, 9.0);
}

Sample Leg::bone_or_cartilage(const Vec& p) const {
  const double unit = params_.size_scale;  // mm for one unit of the leg frame
  const FemurPoint femur = p.z > -8.0 ? femur_at(p) : FemurPoint{100.0, false};  // the bounds only save time
  if (femur.distance_mm < 0) return bone(femur.distance_mm * unit, kFemur);
  if (p.z < 8.0) {
    if (const double d = tibia_at(p); d < 0) return bone(d * unit, kTibia);
    if (const double d = fibula_at(p); d < 0) return bone(d * unit, 0);
  }
  if (p.y > 30.0)
    if (const double d = patella_at(p); d < 0) return bone(d * unit, kPatella);
  if (femur.bears && femur.distance_mm * unit <= params_.femoral_mm)
    return {Tissue::kCartilage, kFemoralCartilage};
  const double medial = (p.z - kMedialTop) * unit, lateral = (p.z - kLateralTop) * unit;
  const bool bare = std::hypot(p.x - kMedialPlate.u, p.y - kMedialPlate.v) * unit < params_.denuded_radius_mm;
  if (medial >= 0 && medial <= medial_mm_ && !bare && kMedialPlate.radius(p.x, p.y) <= 1.0)
    return {Tissue::kCartilage, kMedialTibialCartilage};
  if (lateral >= 0 && lateral <= params_.lateral_mm && kLateralPlate.radius(p.x, p.y) <= 1.0)
    return {Tissue::kCartilage, kLateralTibialCartilage};
  const double behind = (kPatellaBack - p.y) * unit;
  if (behind >= 0 && behind <= params_.patellar_mm && kPatellarPlate.radius(p.x, p.z) <= 1.0)
    return {Tissue::kCartilage, kPatellarCartilage};
  if (femur.distance_mm * unit < params_.femoral_mm + kFilmMm && femur.bears) return {Tissue::kFluid, 0};
  return {};
}

Sample Leg::meniscus(const Vec& p) const {
  if (in_wedge(p, kMedialPlate, kMedialTop, 1.0)) return {Tissue::kMeniscus, kMedialMeniscus};
  if (in_wedge(p, kLateralPlate, kLateralTop, -1.0)) return {Tissue::kMeniscus, kLateralMeniscus};
  return {};
}

/// Fat, tendons, muscle and skin around the bones.
Sample Leg::soft(const Vec& p) const {
  const double thigh = std::clamp((p.z + 20.0) / 120.0, 0.0, 1.0);
  const Ellipse skin{0, -4, 60 + 8 * thigh, 66 + 6 * thigh};
  const double r = skin.radius(p.x, p.y);
  if (r > 1.0) return {};
  if ((1.0 - r) * skin.half_u * params_.size_scale < kSkinMm) return {Tissue::kSkin, 0};
  if (in_capsule(p, {5, 48, 50}, {4, 36, 160}, 5.0) || in_capsule(p, {5, 50, 18}, {4, 36, -50}, 4.5))
    return {Tissue::kTendon, 0};
  const bool in_joint = std::fabs(p.z + 1.0) < 4.0 && std::fabs(p.x) < 38.0 && p.y > -28.0 && p.y < 16.0;
  if (in_joint) return {Tissue::kFluid, 0};
  const Ellipse fascia{0, -6, skin.half_u - 9, skin.half_v - 14};
  const bool beside = p.z > 45.0 || (p.z < -30.0 && p.y < 10.0) || p.y < -34.0;
  if (beside && fascia.radius(p.x, p.y) < 1.0) return {Tissue::kMuscle, 0};
  return {Tissue::kFat, 0};
}

Sample Leg::at(const Vec& p_lps_mm) const {
  const Vec p = leg_of(p_lps_mm);
  if (std::fabs(p.x) > 69.0 || std::fabs(p.y + 4.0) > 73.0) return {};
  Sample s = bone_or_cartilage(p);
  if (s.tissue == Tissue::kAir || s.tissue == Tissue::kFluid) {
    const Sample wedge = meniscus(p);
    if (wedge.label != 0 && s.tissue == Tissue::kAir) s = wedge;
  }
  if (s.tissue == Tissue::kAir) s = soft(p);
  if (is_void(p)) s.tissue = Tissue::kVoid;
  return s;
}

Scene::Scene(const KneeParams& params) {
  legs_.emplace_back(params, params.side);
  if (params.both) legs_.emplace_back(params, params.side == Side::kRight ? Side::kLeft : Side::kRight);
}

Sample Scene::at(const Vec& p_lps_mm) const {
  const Leg* nearest = &legs_.front();
  for (const Leg& leg : legs_)
    if (std::fabs(p_lps_mm.x - leg.centre_lps_mm().x) < std::fabs(p_lps_mm.x - nearest->centre_lps_mm().x))
      nearest = &leg;
  return nearest->at(p_lps_mm);
}

}  // namespace ledd::knee_phantom
