#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "make_truth.h"

namespace ledd::phantom {
namespace {

/// Of a line from behind to the front, in the sagittal plane; + front up.
double sagittal_deg(const Vec& posterior, const Vec& anterior) {
  const Vec d = anterior - posterior;
  return std::atan2(d.z, -d.y) / kRadPerDeg;
}

/// Volume and centroid by midpoint sums on a 0.75 mm grid in the body's frame.
void integrate(const Body& b, BodyTruth& t) {
  constexpr double kStepMm = 0.75;
  double volume = 0;
  Vec moment;
  const auto steps = [](double half) { return static_cast<int>(std::ceil(half / kStepMm)) + 2; };
  const int nu = steps(0.5 * b.lr_mm), nv = steps(0.5 * b.ap_mm),
            nw = steps(0.55 * std::max(b.ha_mm, b.hp_mm));
  for (int i = -nu; i <= nu; ++i) {
    for (int j = -nv; j <= nv; ++j) {
      for (int k = -nw; k <= nw; ++k) {
        const Local q{i * kStepMm, j * kStepMm, k * kStepMm};
        if (b.distance_mm(q) > 0.0) continue;
        volume += 1.0;
        moment = moment + Vec{q.u, q.v, q.w};
      }
    }
  }
  t.volume_mm3 = volume * kStepMm * kStepMm * kStepMm;
  const Vec mean = (1.0 / volume) * moment;
  t.centroid_lps_mm = as_array(b.world({mean.x, mean.y, mean.z}));
}

BodyTruth measure(const Body& b) {
  const Vec as = b.corner(true, true), ps = b.corner(false, true);
  const Vec ai = b.corner(true, false), pi = b.corner(false, false);
  const Vec ms = b.middle(true), mi = b.middle(false);
  BodyTruth t;
  t.id = b.id;
  t.name = anatomy::short_name(b.id);
  t.ha_mm = norm(as - ai);
  t.hm_mm = norm(ms - mi);
  t.hp_mm = norm(ps - pi);
  t.ap_superior_mm = norm(as - ps);
  t.ap_middle_mm = b.ap_middle_mm();
  t.ap_inferior_mm = norm(ai - pi);
  t.lr_mm = b.lr_mm;
  t.centre_lps_mm = as_array(b.centre);
  t.tilt_deg = b.tilt_deg;
  t.superior_deg = sagittal_deg(ps, as);
  t.inferior_deg = sagittal_deg(pi, ai);
  t.coronal_deg = b.coronal_deg;
  const auto normal = [&](const Vec& back, const Vec& front, double sign) {
    const Vec along = unit(front - back);
    return as_array(sign * unit(b.superior - dot(b.superior, along) * along));
  };
  t.superior_normal_lps = normal(ps, as, 1.0);
  t.inferior_normal_lps = normal(pi, ai, -1.0);
  t.as_lps_mm = as_array(as);
  t.ps_lps_mm = as_array(ps);
  t.ai_lps_mm = as_array(ai);
  t.pi_lps_mm = as_array(pi);
  t.ms_lps_mm = as_array(ms);
  t.mi_lps_mm = as_array(mi);
  integrate(b, t);
  return t;
}

DiscTruth measure_disc(const Body& upper, const Body& lower) {
  DiscTruth t;
  t.id = static_cast<std::uint16_t>(anatomy::kDiscOffset + upper.id);
  t.name = anatomy::short_name(t.id);
  const Vec above = unit(upper.corner(true, false) - upper.corner(false, false));
  const Vec below = unit(lower.corner(true, true) - lower.corner(false, true));
  const Vec bisector = unit(above + below);
  const Vec up = 0.5 * (upper.superior + lower.superior);
  const Vec normal = unit(up - dot(up, bisector) * bisector);
  t.ha_mm = dot(upper.corner(true, false) - lower.corner(true, true), normal);
  t.hm_mm = dot(upper.middle(false) - lower.middle(true), normal);
  t.hp_mm = dot(upper.corner(false, false) - lower.corner(false, true), normal);
  t.angle_deg = sagittal_deg(upper.corner(false, false), upper.corner(true, false)) -
                sagittal_deg(lower.corner(false, true), lower.corner(true, true));
  return t;
}

SlipTruth measure_slip(const Body& upper, const Body& lower) {
  const Vec ps = lower.corner(false, true);
  const Vec endplate = lower.corner(true, true) - ps;
  SlipTruth t;
  t.id = upper.id;
  t.name = anatomy::short_name(upper.id) + "/" + anatomy::short_name(lower.id);
  t.slip_mm = dot(upper.corner(false, false) - ps, unit(endplate));
  t.slip_percent = 100.0 * t.slip_mm / norm(endplate);
  return t;
}

}  // namespace

Truth make_truth(const Scene& scene) {
  const auto& bodies = scene.spine().bodies;
  const std::size_t s1 = scene.spine().t8 + kFromT8ToS1;
  Truth truth;
  for (std::size_t k = 0; k <= s1; ++k) {
    truth.bodies.push_back(measure(bodies[k]));
    const SacSection s = scene.sac(scene.map().body_down_mm(k));
    truth.canal.push_back(
        {bodies[k].id, anatomy::short_name(bodies[k].id), 2.0 * s.half_depth_mm, 2.0 * s.half_width_mm});
    if (k == s1) break;
    truth.discs.push_back(measure_disc(bodies[k], bodies[k + 1]));
    truth.slips.push_back(measure_slip(bodies[k], bodies[k + 1]));
  }
  const auto body = [&](std::size_t from_t8) -> const BodyTruth& {
    return truth.bodies[scene.spine().t8 + from_t8];
  };
  const BodyTruth &t12 = body(kFromT8ToT12), &l1 = body(kFromT8ToL1), &l4 = body(kFromT8ToL4),
                  &l5 = body(kFromT8ToL5);
  truth.lordosis_l1_s1_deg = l1.superior_deg - truth.bodies[s1].superior_deg;
  truth.lordosis_l1_l5_deg = l1.superior_deg - l5.inferior_deg;
  truth.lordosis_mid_l1_l5_deg = l1.tilt_deg - l5.tilt_deg;
  truth.scoliosis_deg = t12.coronal_deg - l4.coronal_deg;
  return truth;
}

}  // namespace ledd::phantom
