#include "scene.h"

#include <algorithm>
#include <cmath>

#include "ledd/ct_phantom/pad.h"

namespace ledd::torso_phantom {
namespace {

constexpr double kCellMm = 12.0;
constexpr Vec kLow{-220, -160, -480}, kHigh{220, 160, 700};
constexpr Vec kPivot{0, 0, -60};

std::array<std::size_t, 3> cells() {
  const auto n = [](double low, double high) { return static_cast<std::size_t>((high - low) / kCellMm) + 1; };
  return {n(kLow.x, kHigh.x), n(kLow.y, kHigh.y), n(kLow.z, kHigh.z)};
}

void rotate(double& a, double& b, double deg) {
  const double c = std::cos(deg * phantom::kRadPerDeg), s = std::sin(deg * phantom::kRadPerDeg);
  const double x = c * a - s * b, y = s * a + c * b;
  a = x;
  b = y;
}

/// Where L3 lies from front to back: so that processes and sacrum stay under the skin.
double l3_y_mm(const phantom::Spine& spine) {
  double furthest_mm = -1e9;
  for (std::size_t k = spine.t8; k < spine.bodies.size(); ++k) {
    const phantom::Body& b = spine.bodies[k];
    const double reach_mm = b.id == 0 ? 0.0 : b.id == 26 ? 46.0 : 48.0;
    const Vec tip =
        b.id == 0 ? b.centre + (-22.0) * b.superior : b.world({0, -0.5 * b.ap_mm - reach_mm, -12});
    furthest_mm = std::max(furthest_mm, tip.y);
  }
  return std::min(-8.0, ct_phantom::kBodyBackMm - 14.0 - furthest_mm);
}

std::optional<ct_phantom::PadSolid> pad_of(const Frame& frame) {
  const PadParams& given = frame.params.pad;
  if (given.kind == PadKind::kNone) return std::nullopt;
  ct_phantom::Pad pad;
  pad.phantom = known_phantoms().at(static_cast<std::size_t>(given.kind) - 1);
  pad.scale = given.scale;
  pad.matrix_hu = given.matrix_hu;
  pad.turn_deg = given.turn_deg;
  pad.tilt_deg = given.tilt_deg;
  pad.yaw_deg = given.yaw_deg;
  pad.shift_left_mm = given.shift_left_mm;
  pad.reversed = given.reversed;
  pad.length_mm = 700.0;
  const auto extent = extent_mm(frame);
  pad.shift_up_mm = 0.5 * (extent[0] + extent[1]);
  return ct_phantom::PadSolid(pad, {frame.params.scan.sigma_hu, frame.params.scan.beta_hu});
}

}  // namespace

Frame make_frame(const Params& params) {
  Frame frame;
  frame.params = params;
  frame.spine = phantom::build_spine(params.spine);
  const Vec l3{0, l3_y_mm(frame.spine), 0};
  for (phantom::Body& b : frame.spine.bodies) b.centre = b.centre + l3;
  const Vec s1 = frame.s1().centre;
  frame.head_right = {-88, s1.y - 22, s1.z - 98};
  frame.head_left = {88, s1.y - 22, s1.z - 98};
  return frame;
}

double Frame::vbmd_mg_cm3(std::size_t index) const {
  const double below = static_cast<double>(index) - static_cast<double>(spine.t8 + phantom::kFromT8ToL1);
  return params.body.vbmd_l1_mg_cm3 - params.body.vbmd_fall_mg_cm3 * below;
}

std::array<double, 2> extent_mm(const Frame& frame) {
  const auto& t10 = frame.body(phantom::kFromT8ToT11 - 1);
  const double high = t10.centre.z + 0.5 * t10.hp_mm + 6.0, s1 = frame.s1().centre.z;
  const double hip = frame.head_left.z, low = hip - 31.0 - 46.0 - 75.0;
  switch (frame.params.scan.region) {
    case Region::kSpine: return {s1 - 25.0, high};
    case Region::kHip: return {low, hip + 75.0};
    case Region::kBoth: break;
  }
  return {low, high};
}

Scene::Scene(const Params& params) : frame_(make_frame(params)), trunk_(frame_), pad_(pad_of(frame_)) {
  add_soft_tissue(frame_, solids_);
  add_vertebrae(frame_, solids_);
  add_pelvis(frame_, solids_);
  for (const bool right : {true, false}) {
    add_femur(frame_, right, solids_);
    femora_.push_back(femur(frame_, right));
  }
  metal_ = metal_of(frame_);
  blur_mm_ = (params.scan.kernel == Kernel::kSharp ? 0.6 : 1.0) + 0.35 * params.scan.pixel_mm;
  texture_key_ = static_cast<std::uint64_t>(params.spine.seed) * 7919U + 3U;
  std::size_t n = 0;
  for (Vec axis : {Vec{1, 0, 0}, Vec{0, 1, 0}, Vec{0, 0, 1}}) {
    rotate(axis.y, axis.z, params.body.tilt_deg);
    rotate(axis.z, axis.x, params.body.bend_deg);
    rotate(axis.x, axis.y, params.body.turn_deg);
    axes_[n++] = axis;
  }
  fill_grid();
}

Vec Scene::turned(const Vec& d) const {
  return d.x * axes_[0] + d.y * axes_[1] + d.z * axes_[2];
}

Vec Scene::scan_of(const Vec& p) const {
  return kPivot + turned(p - kPivot);
}

Vec Scene::patient_of(const Vec& p) const {
  const Vec q = p - kPivot;
  return kPivot + Vec{dot(q, axes_[0]), dot(q, axes_[1]), dot(q, axes_[2])};
}

std::vector<ct_phantom::RodTruth> Scene::rods() const {
  return pad_ ? pad_->rods() : std::vector<ct_phantom::RodTruth>{};
}

void Scene::fill_grid() {
  const auto n = cells();
  grid_.resize(n[0] * n[1] * n[2]);
  const auto cell = [&](double value, double low, std::size_t count) {
    return static_cast<std::size_t>(std::clamp((value - low) / kCellMm, 0.0, static_cast<double>(count - 1)));
  };
  for (std::size_t k = 0; k < solids_.size(); ++k) {
    const Box& b = solids_[k].box;
    const double m = blur_mm_;
    for (std::size_t z = cell(b.low.z - m, kLow.z, n[2]); z <= cell(b.high.z + m, kLow.z, n[2]); ++z)
      for (std::size_t y = cell(b.low.y - m, kLow.y, n[1]); y <= cell(b.high.y + m, kLow.y, n[1]); ++y)
        for (std::size_t x = cell(b.low.x - m, kLow.x, n[0]); x <= cell(b.high.x + m, kLow.x, n[0]); ++x)
          grid_[(z * n[1] + y) * n[0] + x].push_back(static_cast<std::uint16_t>(k));
  }
}

const std::vector<std::uint16_t>& Scene::near(const Vec& p) const {
  static const std::vector<std::uint16_t> none;
  if (p.x < kLow.x || p.y < kLow.y || p.z < kLow.z || p.x >= kHigh.x || p.y >= kHigh.y || p.z >= kHigh.z)
    return none;
  const auto n = cells();
  const auto cell = [](double value, double low) {
    return static_cast<std::size_t>((value - low) / kCellMm);
  };
  return grid_[(cell(p.z, kLow.z) * n[1] + cell(p.y, kLow.y)) * n[0] + cell(p.x, kLow.x)];
}

double Scene::streaks(const Vec& p) const {
  double sum = 0.0;
  for (const Metal& metal : metal_) {
    const double low = std::min(metal.from.z, metal.to.z), high = std::max(metal.from.z, metal.to.z);
    const double beyond = std::max({0.0, low - 16.0 - p.z, p.z - high - 16.0});
    if (beyond > 8.0) continue;
    const double span = metal.to.z - metal.from.z;
    const double t = std::fabs(span) < 1.0 ? 0.0 : std::clamp((p.z - metal.from.z) / span, 0.0, 1.0);
    const Vec from = metal.from + t * (metal.to - metal.from);
    const double r = std::hypot(p.x - from.x, p.y - from.y), angle = std::atan2(p.y - from.y, p.x - from.x);
    const double lobe = std::cos(3.0 * angle + 0.05 * p.z), fine = std::cos(11.0 * angle + 0.13 * p.z);
    sum += (1.0 - beyond / 8.0) * (4500.0 / (r + 8.0) * std::pow(lobe, 5) + 900.0 / (r + 8.0) * fine);
  }
  return sum;
}

double Scene::hu(const Vec& p_lps_mm) const {
  const Params& params = frame_.params;
  double hu = kAirHu;
  if (params.scan.couch) hu = ct_phantom::paint_couch(p_lps_mm, hu, pad_ ? pad_->half_height_mm() : 0.0);
  if (pad_) hu = pad_->paint(p_lps_mm, hu, params.scan.cupping_hu);
  const Vec p = patient_of(p_lps_mm);
  const double skin = trunk_.skin_mm(p);
  if (skin < blur_mm_) {
    hu = trunk_.paint(p, hu, blur_mm_);
    const double share = 0.01 * params.body.texture_percent;
    double texture = NAN;
    for (const std::uint16_t k : near(p)) {
      const Solid& solid = solids_[k];
      if (solid.textured && std::isnan(texture))
        texture = share > 0 ? share * texture_at(p, texture_key_) : 0.0;
      hu = solid.paint(p, hu, blur_mm_, solid.textured ? texture : 0.0);
    }
    const double edge = std::hypot(p.x / ct_phantom::kBodyLeftMm, p.y / ct_phantom::kBodyBackMm);
    hu -= params.scan.cupping_hu * std::max(0.0, 1.0 - edge * edge);
  }
  if (params.scan.hardening > 0.0 && hu > 0.0) hu -= params.scan.hardening * hu * hu / 1000.0;
  if (metal_.empty()) return hu;
  hu += streaks(p);
  for (const Metal& metal : metal_) hu = metal.solid.paint(p, hu, blur_mm_, 0.0);
  return hu;
}

std::uint16_t Scene::body_id(const Vec& p_lps_mm) const {
  const Vec p = patient_of(p_lps_mm);
  for (const phantom::Body& b : frame_.spine.bodies)
    if (b.id > 0 && b.id < 26 && norm(p - b.centre) < 60.0 && body_distance_mm(b, p) < 0.0) return b.id;
  return 0;
}

std::uint16_t Scene::femur_id(const Vec& p_lps_mm) const {
  const Vec p = patient_of(p_lps_mm);
  const Solid& bone = femora_[p.x < 0 ? 0 : 1];
  const Box& box = bone.box;
  if (p.z > box.high.z || p.z < box.low.z || p.y < box.low.y || p.y > box.high.y || p.x < box.low.x ||
      p.x > box.high.x || bone.distance_mm(p) >= 0.0)
    return 0;
  for (const Metal& metal : metal_)
    if (metal.solid.distance_mm(p) < 0.0) return 0;
  return p.x < 0 ? 211 : 212;
}

}  // namespace ledd::torso_phantom
