#include <nlohmann/json.hpp>

#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace ledd::phantom {

// NOLINTNEXTLINE(readability-identifier-naming): the name the library looks for
static void to_json(nlohmann::ordered_json& j, const BodyTruth& t) {
  j = {{"id", t.id},
       {"name", t.name},
       {"ha_mm", t.ha_mm},
       {"hm_mm", t.hm_mm},
       {"hp_mm", t.hp_mm},
       {"ap_superior_mm", t.ap_superior_mm},
       {"ap_middle_mm", t.ap_middle_mm},
       {"ap_inferior_mm", t.ap_inferior_mm},
       {"lr_mm", t.lr_mm},
       {"volume_mm3", t.volume_mm3},
       {"tilt_deg", t.tilt_deg},
       {"superior_deg", t.superior_deg},
       {"inferior_deg", t.inferior_deg},
       {"coronal_deg", t.coronal_deg},
       {"centre_lps_mm", t.centre_lps_mm},
       {"centroid_lps_mm", t.centroid_lps_mm},
       {"superior_normal_lps", t.superior_normal_lps},
       {"inferior_normal_lps", t.inferior_normal_lps},
       {"as_lps_mm", t.as_lps_mm},
       {"ps_lps_mm", t.ps_lps_mm},
       {"ai_lps_mm", t.ai_lps_mm},
       {"pi_lps_mm", t.pi_lps_mm},
       {"ms_lps_mm", t.ms_lps_mm},
       {"mi_lps_mm", t.mi_lps_mm}};
}

std::string to_json(const Truth& truth) {
  using Json = nlohmann::ordered_json;
  Json bodies = Json::array(), discs = Json::array(), slips = Json::array(), canal = Json::array();
  for (const auto& t : truth.bodies) {
    Json j;
    to_json(j, t);
    bodies.push_back(std::move(j));
  }
  for (const auto& t : truth.discs) {
    discs.push_back({{"id", t.id},
                     {"name", t.name},
                     {"ha_mm", t.ha_mm},
                     {"hm_mm", t.hm_mm},
                     {"hp_mm", t.hp_mm},
                     {"angle_deg", t.angle_deg}});
  }
  for (const auto& t : truth.slips) {
    slips.push_back(
        {{"id", t.id}, {"name", t.name}, {"slip_mm", t.slip_mm}, {"slip_percent", t.slip_percent}});
  }
  for (const auto& t : truth.canal) {
    canal.push_back({{"id", t.id}, {"name", t.name}, {"ap_mm", t.ap_mm}, {"lr_mm", t.lr_mm}});
  }
  Json slices = Json::array();
  for (const auto& t : truth.slices) {
    Json muscles = Json::array();
    for (const auto& m : t.muscles)
      muscles.push_back({{"id", m.id},
                         {"csa_mm2", m.csa_mm2},
                         {"fat_percent", m.fat_percent},
                         {"fat_fraction_percent", m.fat_fraction_percent}});
    slices.push_back({{"muscles", muscles}, {"sac_csa_mm2", t.sac_csa_mm2}, {"sac_ap_mm", t.sac_ap_mm}});
  }
  Json all{{"lordosis_l1_s1_deg", truth.lordosis_l1_s1_deg},
           {"lordosis_l1_l5_deg", truth.lordosis_l1_l5_deg},
           {"lordosis_mid_l1_l5_deg", truth.lordosis_mid_l1_l5_deg},
           {"scoliosis_deg", truth.scoliosis_deg},
           {"bodies", bodies},
           {"discs", discs},
           {"slips", slips},
           {"canal", canal}};
  if (!slices.empty()) all["slices"] = slices;
  return all.dump(2) + "\n";
}

}  // namespace ledd::phantom
