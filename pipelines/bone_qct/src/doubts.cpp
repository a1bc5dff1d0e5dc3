#include "doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ledd/anatomy/anatomy.h"

namespace ledd::bone_qct {
namespace {

constexpr double kLeastEdgeShare = 0.6;  // pedicles and the vein leave a tenth open
constexpr double kMostDense = 0.03;      // of a cylinder
constexpr double kFineSliceMm = 2.0;
constexpr double kOutlierHu = 40.0, kOutlierShare = 1.0 / 3.0;

void add(std::map<std::uint16_t, std::string>& doubts, std::uint16_t id, const std::string& reason) {
  std::string& all = doubts[id];
  all += (all.empty() ? "" : "; ") + reason;
}

void doubt_fractures(const BoneQct::Spine& spine, std::map<std::uint16_t, std::string>& doubts) {
  for (const auto& body : spine.deformity.bodies)
    if (body.grade.value && *body.grade.value >= 1.0)
      add(doubts,
          body.id,
          fmt::format("deformed, grade {:.0f}: a broken body is denser than its bone", *body.grade.value));
}

void doubt_surfaces(const BoneQct::Spine& spine, std::map<std::uint16_t, std::string>& doubts) {
  for (const auto& surface : spine.surfaces) {
    if (surface.instance > spine.levels.size()) continue;
    const std::uint16_t id = spine.levels[surface.instance - 1U].id;
    if (id == 0) continue;
    if (surface.cut) add(doubts, id, "cut by the border of the scan or of its field of view");
    if (!(surface.edge_share >= kLeastEdgeShare))
      add(doubts, id, fmt::format("only {:.0f} % of its surface was seen", 100.0 * surface.edge_share));
  }
}

void doubt_outliers(const BoneQct::Spine& spine, std::map<std::uint16_t, std::string>& doubts) {
  std::vector<const VertebralDensityResult::Vertebra*> row;
  for (const auto& v : spine.density.vertebrae)
    if (v.cylinder.voxels > 0 && !doubts.contains(v.id)) row.push_back(&v);
  for (const auto* v : row)
    if (v->dense_share > kMostDense)
      add(doubts,
          v->id,
          fmt::format("{:.0f} % of its cylinder is much denser than the rest, as sclerosis or a bone island",
                      100.0 * v->dense_share));
  if (row.size() < 3) return;
  for (std::size_t n = 0; n < row.size(); ++n) {
    const std::size_t above = n == 0 ? 2 : n - 1, below = n + 1 == row.size() ? n - 2 : n + 1;
    const double expected = 0.5 * (row[above]->cylinder.mean_hu + row[below]->cylinder.mean_hu);
    const double off = row[n]->cylinder.mean_hu - expected;
    if (std::fabs(off) > kOutlierHu && std::fabs(off) > kOutlierShare * std::fabs(expected))
      add(doubts,
          row[n]->id,
          fmt::format("{:+.0f} HU against its neighbours' mean of {:.0f}", off, expected));
  }
}

bool is_hu(const Measurement& m) {
  return m.endpoint.ends_with("_HU");
}
bool is_density(const Measurement& m) {
  return m.endpoint.ends_with("vBMD") || m.endpoint.ends_with("aBMD") || m.endpoint.ends_with("BMC") ||
         m.endpoint == "vBMD_mean" || m.endpoint == "ACR_category";
}

void mark(Measurement& m, const std::string& reason, bool inherent) {
  if (m.quality == Quality::kFailed) return;
  if (m.quality == Quality::kGood) m.inherent = inherent;
  if (!inherent) m.inherent = false;
  m.quality = Quality::kUncertain;
  m.reason += (m.reason.empty() ? "" : "; ") + reason;
}

}  // namespace

std::map<std::uint16_t, std::string> doubtful_vertebrae(const BoneQct::Spine& spine) {
  std::map<std::uint16_t, std::string> doubts;
  doubt_fractures(spine, doubts);
  doubt_surfaces(spine, doubts);
  doubt_outliers(spine, doubts);
  return doubts;
}

void add_doubts(const std::map<std::uint16_t, std::string>& doubts, std::vector<Measurement>& rows) {
  for (const auto& [id, reason] : doubts) {
    const std::string region = anatomy::short_name(id);
    for (Measurement& m : rows)
      if (m.region == region && (is_hu(m) || is_density(m))) mark(m, reason, false);
  }
}

std::vector<Measurement> rows_of_form(const BoneQct::Spine& spine, double slice_mm) {
  static const std::set<std::string> kept{"Ha",
                                          "Hm",
                                          "Hp",
                                          "AP_depth",
                                          "LR_width",
                                          "Ha_Hp",
                                          "Hm_Hp",
                                          "height_loss_percent",
                                          "Genant_grade",
                                          "deformity_type"};
  std::vector<Measurement> rows;
  for (const auto& all : {measurements(spine.geometry), measurements(spine.deformity)})
    for (const Measurement& m : all) {
      if (!kept.contains(m.endpoint)) continue;
      rows.push_back(m);
      if (slice_mm > kFineSliceMm && m.quality != Quality::kGood) rows.back().inherent = true;
    }
  return rows;
}

void mark_out_of_view(const BoneQct::Spine& spine, std::vector<Measurement>& rows) {
  for (const auto& surface : spine.surfaces) {
    if (!surface.cut || surface.instance > spine.levels.size()) continue;
    const std::string region = anatomy::short_name(spine.levels[surface.instance - 1U].id);
    for (Measurement& m : rows)
      if (m.region == region && m.quality != Quality::kGood) m.inherent = true;
  }
}

void doubt_bone(const std::string& reason, bool inherent, std::vector<Measurement>& rows) {
  for (Measurement& m : rows)
    if (is_hu(m) || is_density(m)) mark(m, reason, inherent);
}

void doubt_hu(const std::string& reason, std::vector<Measurement>& rows) {
  for (Measurement& m : rows)
    if (is_hu(m)) mark(m, reason, true);
}

void doubt_density(const std::string& reason, std::vector<Measurement>& rows) {
  for (Measurement& m : rows)
    if (is_density(m)) mark(m, reason, true);
}

}  // namespace ledd::bone_qct
