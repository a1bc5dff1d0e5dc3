#include <nlohmann/json.hpp>

#include <numbers>

#include "bones.h"
#include "make_truth.h"

namespace ledd::knee_phantom {
namespace {

double area_mm2(const Ellipse& e, double scale) {
  return std::numbers::pi * e.half_u * e.half_v * scale * scale;
}

PlateTruth flat(std::uint16_t id, const std::string& name, double thickness_mm, double area) {
  return {id, name, thickness_mm, area, 0.0, thickness_mm * area};
}

}  // namespace

Truth make_truth(const Scene& scene, const Params& params) {
  const KneeParams& k = params.knee;
  const double scale = k.size_scale;
  Truth truth;
  truth.side = k.side;
  truth.plates.push_back({anatomy::kFemoralCartilage, "femoral cartilage", k.femoral_mm, 0.0, 0.0, 0.0});
  const double bare = std::numbers::pi * k.denuded_radius_mm * k.denuded_radius_mm;
  PlateTruth medial = flat(anatomy::kMedialTibialCartilage,
                           "medial tibial cartilage",
                           scene.leg().medial_mm(),
                           area_mm2(kMedialPlate, scale) - bare);
  medial.denuded_mm2 = bare;
  truth.plates.push_back(medial);
  truth.plates.push_back(flat(anatomy::kLateralTibialCartilage,
                              "lateral tibial cartilage",
                              k.lateral_mm,
                              area_mm2(kLateralPlate, scale)));
  truth.plates.push_back(flat(
      anatomy::kPatellarCartilage, "patellar cartilage", k.patellar_mm, area_mm2(kPatellarPlate, scale)));
  for (std::size_t t = 0; t < kTissues; ++t)
    if (values_of(t).density > 0)
      truth.tissues.push_back({std::string(values_of(t).name), values_of(t).t1_ms, values_of(t).t2_ms});
  const Vec origin = scene.leg().lps_of({});
  const std::array<Vec, 4> columns{scene.leg().lps_of({1, 0, 0}) - origin,
                                   scene.leg().lps_of({0, 1, 0}) - origin,
                                   scene.leg().lps_of({0, 0, 1}) - origin,
                                   origin};
  for (std::size_t c = 0; c < 4; ++c) {
    truth.lps_from_leg[0][c] = columns[c].x;
    truth.lps_from_leg[1][c] = columns[c].y;
    truth.lps_from_leg[2][c] = columns[c].z;
  }
  return truth;
}

std::string to_json(const Truth& truth) {
  using Json = nlohmann::ordered_json;
  Json plates = Json::array(), tissues = Json::array();
  for (const auto& p : truth.plates)
    plates.push_back({{"id", p.id},
                      {"name", p.name},
                      {"thickness_mm", p.thickness_mm},
                      {"area_mm2", p.area_mm2 > 0 ? Json(p.area_mm2) : Json()},
                      {"denuded_mm2", p.denuded_mm2},
                      {"volume_mm3", p.volume_mm3 > 0 ? Json(p.volume_mm3) : Json()}});
  for (const auto& t : truth.tissues)
    tissues.push_back({{"name", t.name}, {"t1_ms", t.t1_ms}, {"t2_ms", t.t2_ms}});
  const Json all{{"side", truth.side == anatomy::Side::kRight ? "right" : "left"},
                 {"plates", plates},
                 {"tissues", tissues},
                 {"lps_from_leg", truth.lps_from_leg}};
  return all.dump(2) + "\n";
}

}  // namespace ledd::knee_phantom
