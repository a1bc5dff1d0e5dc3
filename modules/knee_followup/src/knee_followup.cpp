#include "ledd/knee_followup/knee_followup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/measurement/estimate.h"
#include "ledd/mesh/mesh_tree.h"
#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

Point centre_of_joint(const CartilageLayer& layer) {
  Point centre{};
  double area = 0.0;
  for (std::size_t v = 0; v < layer.plate.size(); ++v)
    if (layer.plate[v] != 0) {
      centre = vec::along(centre, layer.area_mm2[v], layer.bone.points_lps_mm[v]);
      area += layer.area_mm2[v];
    }
  return vec::scaled(centre, 1.0 / std::max(area, 1e-9));
}

/// Lays the axes of one visit on those of the other, and the middles of the joint surfaces.
BoneMotion start_of(const KneeAxes& to,
                    const CartilageLayer& to_layer,
                    const KneeAxes& from,
                    const CartilageLayer& from_layer) {
  BoneMotion motion;
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c)
      motion.rotation[r][c] = to.medial[r] * from.medial[c] + to.anterior[r] * from.anterior[c] +
                              to.superior[r] * from.superior[c];
  motion.shift_mm = vec::sub(centre_of_joint(to_layer), motion(centre_of_joint(from_layer)));
  return motion;
}

void compare(const CartilageLayer& baseline,
             const std::vector<std::uint16_t>& regions,
             const CartilageLayer& followup,
             const KneeFollowup::Params& params,
             KneeFollowup::Bone& bone) {
  const MeshTree tree(baseline.bone);
  TriangleMesh moved = followup.bone;
  for (Point& p : moved.points_lps_mm) p = bone.alignment.baseline_from_followup(p);
  bone.regions.assign(moved.points_lps_mm.size(), knee::kNone);
  for (std::size_t v = 0; v < moved.points_lps_mm.size(); ++v)
    if (const auto nearest = tree.nearest(moved.points_lps_mm[v], params.max_carry_mm))
      bone.regions[v] = regions[nearest->vertex];
  const MeshTree later(moved);
  bone.change_mm.assign(baseline.plate.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t v = 0; v < baseline.plate.size(); ++v) {
    if (baseline.plate[v] == 0) continue;
    const auto nearest = later.nearest(baseline.bone.points_lps_mm[v], params.max_carry_mm);
    if (!nearest) continue;
    const double there_mm = followup.thickness_mm[nearest->vertex];
    bone.change_mm[v] = (std::isnan(there_mm) ? 0.0 : there_mm) - baseline.thickness_mm[v];
  }
}

/// The follow-up measured over the baseline's bone area: bare where it has no cartilage.
CartilageLayer over_baseline(const CartilageLayer& followup) {
  CartilageLayer layer = followup;
  for (double& t : layer.thickness_mm)
    if (std::isnan(t)) t = 0.0;
  for (std::size_t v = 0; v < layer.laplace_mm.size(); ++v)
    if (layer.plate[v] == 0) layer.laplace_mm[v] = 0.0;
  return layer;
}

void push_changes(const CartilageResult& baseline,
                  std::size_t n,
                  const CartilageLayer& followup,
                  const KneeFollowup::Bone& bone,
                  KneeFollowup::Result& result) {
  const CartilageLayer later = over_baseline(followup);
  for (const auto& set : knee::region_sets()) {
    if (set.bone != bone.id) continue;
    KneeFollowup::Change change{knee::values_of(baseline.layers[n], baseline.regions[n], set),
                                knee::values_of(later, bone.regions, set)};
    if (change.baseline.tab_mm2 > 0.0 && change.followup.tab_mm2 > 0.0)
      result.changes.emplace(set.name, change);
  }
}

}  // namespace

const ParamTable<KneeFollowup::Params>& KneeFollowup::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .add(&P::kept, "kept", "1", "Share of a bone's surface that is used to register it.", {0.3, 1.0})
          .add(&P::max_residual_mm,
               "max_residual_mm",
               "mm",
               "Residual above which two bones are not the same.",
               {0.05, 5.0})
          .add(&P::max_carry_mm,
               "max_carry_mm",
               "mm",
               "How far a region is carried from one surface to the other.",
               {0.5, 10.0});
  return table;
}

KneeFollowup::KneeFollowup(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

KneeFollowup::Result KneeFollowup::operator()(const CartilageResult& baseline,
                                              const CartilageResult& followup,
                                              Context& context) const {
  require(baseline.axes.side == followup.axes.side,
          Errc::kInput,
          "one visit shows a right knee, the other a left one");
  Result result;
  result.side = baseline.axes.side;
  for (const auto* visit : {&baseline, &followup})
    for (const auto& [id, doubt] : visit->cartilages) {
      auto& kept = result.doubts[id];
      if (doubt.quality > kept.quality) {
        kept = doubt;
        kept.reason = fmt::format("{}: {}", visit == &baseline ? "baseline" : "follow-up", doubt.reason);
      }
    }
  for (std::size_t n = 0; n < baseline.layers.size(); ++n) {
    context.throw_if_cancelled();
    const CartilageLayer& before = baseline.layers[n];
    const auto found = std::find_if(followup.layers.begin(), followup.layers.end(), [&](const auto& l) {
      return l.bone_id == before.bone_id;
    });
    Bone& bone = result.bones.emplace_back();
    bone.id = before.bone_id;
    if (found == followup.layers.end()) {
      bone.refusal = fmt::format("the follow-up does not show bone {}", bone.id);
      continue;
    }
    bone.alignment = align_bones(
        before.bone, found->bone, start_of(baseline.axes, before, followup.axes, *found), params_.kept);
    if (!(bone.alignment.residual_mm <= params_.max_residual_mm)) {
      bone.refusal =
          fmt::format("bone {} of both visits differs by {:.2f} mm (at most {} mm): not the same bone",
                      bone.id,
                      bone.alignment.residual_mm,
                      params_.max_residual_mm);
      continue;
    }
    compare(before, baseline.regions[n], *found, params_, bone);
    push_changes(baseline, n, *found, bone, result);
  }
  require(!result.bones.empty(), Errc::kInput, "the baseline shows no bone with cartilage");
  return result;
}

const std::vector<EndpointDefinition>& KneeFollowup::definitions() {
  constexpr const char* kSource = "Wirth and Eckstein, IEEE Trans Med Imaging 27:737, 2008";
  static const std::vector<EndpointDefinition> all{
      {"ThCtAB_change",
       "Change of cartilage thickness",
       "mm",
       "bone-registered/1",
       "ThCtAB of the follow-up over the baseline's region, carried by registering the bone, minus ThCtAB of "
       "the baseline.",
       kSource,
       "not yet measured"},
      {"ThCtAB_change_rel",
       "Relative change of cartilage thickness",
       "%",
       "bone-registered/1",
       "ThCtAB_change in percent of the baseline.",
       kSource,
       "not yet measured"},
      {"dAB_change",
       "Change of denuded bone area",
       "%",
       "bone-registered/1",
       "dAB of the follow-up over the baseline's region minus that of the baseline, in percent points.",
       kSource,
       "not yet measured"}};
  return all;
}

std::vector<Measurement> measurements(const KneeFollowup::Result& result) {
  const auto& d = KneeFollowup::definitions();
  std::vector<Measurement> out;
  for (const auto& set : knee::region_sets()) {
    const auto found = result.changes.find(set.name);
    const auto bone = std::find_if(
        result.bones.begin(), result.bones.end(), [&](const auto& b) { return b.id == set.bone; });
    CartilageResult::Doubt doubt;
    if (const auto at = result.doubts.find(set.cartilage); at != result.doubts.end()) doubt = at->second;
    for (const auto& definition : d) {
      const std::string region(set.name);
      Measurement row;
      if (doubt.quality == Quality::kFailed) {
        row = failed(region, definition, doubt.reason);
      } else if (found == result.changes.end()) {
        row = failed(region,
                     definition,
                     bone == result.bones.end() ? "the baseline does not show this bone"
                     : bone->refusal.empty()    ? "the region is not on both surfaces"
                                                : bone->refusal);
      } else {
        const auto& [before, after] = found->second;
        const double change = after.mean_mm - before.mean_mm;
        const double bare = 100.0 * (before.cab_mm2 / before.tab_mm2 - after.cab_mm2 / after.tab_mm2);
        const double value = definition.key == "ThCtAB_change" ? change
                             : definition.key == "dAB_change"  ? bare
                                                               : 100.0 * change / before.mean_mm;
        row = std::isfinite(value) ? graded(region, definition, value, doubt.quality, doubt.reason)
                                   : failed(region, definition, "there was no cartilage at baseline");
      }
      row.inherent = doubt.inherent;
      row.side.assign(1, result.side == anatomy::Side::kRight ? 'R' : 'L');
      out.push_back(row);
    }
  }
  return out;
}

}  // namespace ledd
