#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ledd/anatomy/anatomy.h"
#include "ledd/vertebral_deformity/level_norms.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd {
namespace {

using Body = DeformityResult::Body;
using Type = DeformityResult::Type;

constexpr const char* kBandMethod = "band-heights/1";
constexpr const char* kGradeMethod = "level-norm-genant/1";
constexpr const char* kPrecision = "docs/vertebral-deformity.md, section Accuracy";
constexpr const char* kGenant = "Genant et al., J Bone Miner Res 8:1137, 1993";
constexpr const char* kAlarm =
    "Genant et al., J Bone Miner Res 8:1137, 1993; against norm and neighbours after McCloskey et al., "
    "Osteoporos "
    "Int 3:138, 1993";
constexpr const char* kNormText =
    "ledd-norms/1: manual MRI labels of healthy adults, both sexes together (T11, T12: 17 persons, Chu et "
    "al., PLoS "
    "One 10:e0143327, 2015; L1-L5: the same and 54 persons, Burian et al., BMC Musculoskelet Disord 20:152, "
    "2019)";

constexpr std::array<const char*, 4> kTypeNames{"none", "wedge", "biconcave", "crush"};
constexpr std::array<std::uint8_t, 3> kRed{255, 60, 40};

std::string with_norm(const std::string& text) {
  return fmt::format("{} Reference {}.", text, kNormText);
}

std::vector<EndpointDefinition> ratio_definitions() {
  return {

      {"Ha_Hp_band",
       "Anterior to posterior height ratio, by bands",
       "1",
       kBandMethod,
       "Greatest height of the body within 8-22 % over that within 78-92 % of its AP depth, outermost edge "
       "to "
       "outermost edge along the body's superior axis, each the mean over the sagittal slices within 5 mm of "
       "the "
       "mid-sagittal plane. Not the ratio of the six points' heights: 0.01 to 0.09 lower.",
       "Own definition",
       kPrecision},
      {"Hm_Hp_band",
       "Middle to posterior height ratio, by bands",
       "1",
       kBandMethod,
       "As Ha_Hp_band, with the band from 42 to 58 % of the depth in front's place.",
       "Own definition",
       kPrecision},
      {"Hp_neighbours",
       "Posterior height against neighbours",
       "1",
       kBandMethod,
       "Posterior band height over the mean of what the next sound body on each side (at most two levels "
       "away) lets "
       "expect: its height times the ratio that the two levels have in healthy persons (part B of "
       "ledd-norms/1, 30 "
       "persons). 1 in health.",
       kAlarm,
       kPrecision},
      {"Ha_Hp_z",
       "Z-score of the anterior to posterior height ratio",
       "1",
       kGradeMethod,
       with_norm("Ha_Hp_band minus the level's mean, over its SD."),
       "Own definition",
       kPrecision},
      {"Hm_Hp_z",
       "Z-score of the middle to posterior height ratio",
       "1",
       kGradeMethod,
       with_norm("Hm_Hp_band minus the level's mean, over its SD; only T11 and T12 have one."),
       "Own definition",
       kPrecision},
      {"AP_depth_z",
       "Z-score of the depth of the vertebral body",
       "1",
       kGradeMethod,
       with_norm(
           "AP depth between the outermost edges minus the level's mean, over its SD; only T11 and T12 have "
           "one. Not corrected for the person's size."),
       "Own definition",
       kPrecision},
  };
}

std::vector<EndpointDefinition> grade_definitions() {
  return {
      {"wedge_angle",
       "Wedge angle of the vertebral body",
       "deg",
       "endplate-angle/1",
       "Angle between the superior and the inferior endplate plane of the body in its mid-sagittal plane; "
       "positive "
       "when the body is lower in front.",
       "Own definition",
       kPrecision},
      {"height_loss_percent",
       "Largest loss of height of the vertebral body",
       "%",
       kGradeMethod,
       with_norm(
           "The largest of 1 - (Ha/Hp) / level mean and 1 - (Hm/Hp) / level mean, of the six points' heights "
           "and means of 12 (T11, T12) or 30 persons of the reference, and of 1 - Hp_neighbours; for a "
           "called "
           "deformity the one that names it, and for a crush multiplied with the larger of the other two. "
           "Negative when all are above the norm."),
       kAlarm,
       kPrecision},
      {"Genant_grade",
       "Grade of vertebral deformity against level norms",
       "1",
       kGradeMethod,
       with_norm(
           "0 none, 1 mild (20-25 %), 2 moderate (25-40 %), 3 severe (more) height_loss_percent. A loss "
           "counts "
           "when it is at least 20 % against the level's mean and against the neighbours' mean and the ratio "
           "of band heights is more than 3 SD below the norm; not a flat 20 %. T1-T10 have no norm: "
           "neighbours "
           "alone, uncertain."),
       kAlarm,
       kPrecision},
      {"deformity_type",
       "Type of vertebral deformity",
       "1",
       kGradeMethod,
       with_norm("0 none, 1 wedge (Ha/Hp lost), 2 biconcave (Hm/Hp lost), 3 crush (Hp lost against the "
                 "neighbours). "
                 "Called by the rule of Genant_grade."),
       kGenant,
       kPrecision},
  };
}

void put(const std::string& region,
         std::string_view key,
         const Estimate& estimate,
         std::vector<Measurement>& out) {
  push_estimate(region, definition_of(key, VertebralDeformity::definitions()), estimate, out);
}

const char* type_name(Type type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

}  // namespace

const std::vector<EndpointDefinition>& VertebralDeformity::definitions() {
  static const auto all = [] {
    auto joined = ratio_definitions();
    for (auto& d : grade_definitions()) joined.push_back(std::move(d));
    return joined;
  }();
  return all;
}

std::vector<Measurement> measurements(const DeformityResult& result) {
  std::vector<Measurement> out;
  for (const Body& b : result.bodies) {
    const std::string region = anatomy::short_name(b.id);
    put(region, "Ha_Hp_band", b.ha_hp, out);
    put(region, "Hm_Hp_band", b.hm_hp, out);
    put(region, "Hp_neighbours", b.hp_neighbours, out);
    put(region, "Ha_Hp_z", b.ha_hp_z, out);
    put(region, "Hm_Hp_z", b.hm_hp_z, out);
    put(region, "AP_depth_z", b.depth_z, out);
    put(region, "wedge_angle", b.wedge_deg, out);
    put(region, "height_loss_percent", b.loss_percent, out);
    put(region, "Genant_grade", b.grade, out);
    Estimate type = b.grade;
    if (type.value) type.value = static_cast<double>(b.type);
    put(region, "deformity_type", type, out);
  }
  return out;
}

std::vector<Polyline> report_lines(const DeformityResult& result, const SpineResult& spine) {
  std::vector<Polyline> lines;
  for (const Body& b : result.bodies) {
    if (b.type == Type::kNone || !b.grade.value) continue;
    const auto found =
        std::find_if(spine.bodies.begin(), spine.bodies.end(), [&](const auto& s) { return s.id == b.id; });
    if (found == spine.bodies.end()) continue;
    lines.push_back(
        {{found->as_lps_mm, found->ps_lps_mm, found->pi_lps_mm, found->ai_lps_mm, found->as_lps_mm},
         kRed,
         fmt::format("{} grade {:.0f}, {:.0f} %", type_name(b.type), *b.grade.value, *b.loss_percent.value),
         fmt::format(
             "{} {}, Genant_grade {:.0f}", anatomy::short_name(b.id), type_name(b.type), *b.grade.value)});
  }
  return lines;
}

}  // namespace ledd
