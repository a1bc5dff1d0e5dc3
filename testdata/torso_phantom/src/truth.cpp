#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "make_truth.h"

namespace ledd::torso_phantom {
namespace {

struct Content {
  double volume_mm3 = 0.0;
  Vec centroid;
};

Content content_of(const phantom::Body& b) {
  constexpr double kStepMm = 0.5;
  const auto half = [](double extent_mm) { return static_cast<long>(0.5 * extent_mm / kStepMm) + 6; };
  const long nu = half(b.lr_mm), nv = half(b.ap_mm), nw = half(std::max({b.ha_mm, b.hm_mm, b.hp_mm}));
  double inside = 0.0;
  Vec sum;
  for (long w = -nw; w <= nw; ++w)
    for (long v = -nv; v <= nv; ++v)
      for (long u = -nu; u <= nu; ++u) {
        const Vec p = b.world({kStepMm * static_cast<double>(u),
                               kStepMm * static_cast<double>(v),
                               kStepMm * static_cast<double>(w)});
        if (body_distance_mm(b, p) >= 0.0) continue;
        inside += 1.0;
        sum = sum + p;
      }
  return {inside * kStepMm * kStepMm * kStepMm, (1.0 / inside) * sum};
}

VertebraTruth vertebra_truth(const Scene& scene, std::size_t k) {
  const phantom::Body& b = scene.frame().spine.bodies[k];
  VertebraTruth t;
  t.id = b.id;
  t.name = anatomy::short_name(b.id);
  t.centre_lps_mm = phantom::as_array(scene.scan_of(b.centre));
  t.vbmd_mg_cm3 = scene.frame().vbmd_mg_cm3(k);
  t.hu = scene.frame().hu_of(t.vbmd_mg_cm3);
  t.ha_mm = b.ha_mm;
  t.hm_mm = b.hm_mm;
  t.hp_mm = b.hp_mm;
  t.ap_mm = b.ap_mm;
  t.lr_mm = b.lr_mm;
  const Content content = content_of(b);
  t.volume_mm3 = content.volume_mm3;
  t.centroid_lps_mm = phantom::as_array(scene.scan_of(content.centroid));
  return t;
}

/// LPS z of the lowest and highest point of a body, by its corners.
std::array<double, 2> span_mm(const Scene& scene, const phantom::Body& b) {
  std::array<double, 2> span{1e9, -1e9};
  for (const double u : {-0.5, 0.0, 0.5})
    for (const double v : {-0.5, 0.5})
      for (const double w : {-0.5, 0.5}) {
        const double height = v > 0 ? b.ha_mm : b.hp_mm;
        const double z = scene.scan_of(b.world({u * b.lr_mm, v * b.ap_mm, w * height})).z;
        span = {std::min(span[0], z), std::max(span[1], z)};
      }
  return span;
}

FemurTruth placed(const Scene& scene, FemurTruth t) {
  const auto move = [&](Point& p) { p = phantom::as_array(scene.scan_of({p[0], p[1], p[2]})); };
  move(t.head_lps_mm);
  move(t.neck_lps_mm);
  move(t.lesser_lps_mm);
  t.shaft_lps = phantom::as_array(scene.turned({t.shaft_lps[0], t.shaft_lps[1], t.shaft_lps[2]}));
  return t;
}

}  // namespace

Truth make_truth(const Scene& scene, double low_mm, double high_mm) {
  Truth truth;
  const Frame& frame = scene.frame();
  if (frame.params.pad.kind != PadKind::kNone)
    truth.mineral = known_phantoms().at(static_cast<std::size_t>(frame.params.pad.kind) - 1).mineral;
  truth.sigma_hu = frame.params.scan.sigma_hu;
  truth.beta_hu = frame.params.scan.beta_hu;
  truth.rods = scene.rods();
  const std::size_t s1 = frame.spine.t8 + phantom::kFromT8ToS1;
  std::vector<std::size_t> seen;
  for (std::size_t k = 0; k < s1; ++k) {
    const auto span = span_mm(scene, frame.spine.bodies[k]);
    if (span[1] > low_mm && span[0] < high_mm) seen.push_back(k);
  }
  truth.vertebrae.resize(seen.size());
  tbb::parallel_for(std::size_t{0}, seen.size(), [&](std::size_t i) {
    truth.vertebrae[i] = vertebra_truth(scene, seen[i]);
    const auto span = span_mm(scene, frame.spine.bodies[seen[i]]);
    truth.vertebrae[i].whole = span[0] > low_mm && span[1] < high_mm;
  });
  for (const bool right : {true, false}) {
    const FemurTruth t = placed(scene, femur_truth(frame, right));
    if (t.head_lps_mm[2] + t.head_radius_mm > low_mm) truth.femora.push_back(t);
  }
  return truth;
}

std::string to_json(const Truth& truth) {
  using Json = nlohmann::ordered_json;
  Json vertebrae = Json::array(), femora = Json::array(), rods = Json::array();
  for (const auto& t : truth.vertebrae)
    vertebrae.push_back({{"id", t.id},
                         {"name", t.name},
                         {"centre_lps_mm", t.centre_lps_mm},
                         {"centroid_lps_mm", t.centroid_lps_mm},
                         {"vbmd_mg_cm3", t.vbmd_mg_cm3},
                         {"hu", t.hu},
                         {"ha_mm", t.ha_mm},
                         {"hm_mm", t.hm_mm},
                         {"hp_mm", t.hp_mm},
                         {"ap_mm", t.ap_mm},
                         {"lr_mm", t.lr_mm},
                         {"volume_mm3", t.volume_mm3},
                         {"whole", t.whole}});
  for (const auto& t : truth.femora)
    femora.push_back({{"id", t.id},
                      {"head_lps_mm", t.head_lps_mm},
                      {"neck_lps_mm", t.neck_lps_mm},
                      {"shaft_lps", t.shaft_lps},
                      {"lesser_lps_mm", t.lesser_lps_mm},
                      {"head_radius_mm", t.head_radius_mm},
                      {"neck_shaft_deg", t.neck_shaft_deg},
                      {"head_vbmd_mg_cm3", t.head_vbmd_mg_cm3},
                      {"neck_vbmd_mg_cm3", t.neck_vbmd_mg_cm3},
                      {"metal", t.metal}});
  for (const auto& t : truth.rods)
    rods.push_back({{"number", t.number},
                    {"point_lps_mm", t.point_lps_mm},
                    {"direction_lps", t.direction_lps},
                    {"radius_mm", t.radius_mm},
                    {"hu", t.hu}});
  const Json all{{"mineral", name_of(truth.mineral)},
                 {"sigma_hu", truth.sigma_hu},
                 {"beta_hu", truth.beta_hu},
                 {"vertebrae", vertebrae},
                 {"femora", femora},
                 {"rods", rods}};
  return all.dump(2) + "\n";
}

}  // namespace ledd::torso_phantom
