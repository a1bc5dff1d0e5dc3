#include "ledd/cartilage_thickness/ray_thickness.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

namespace ledd {

std::pair<double, RayCase> layer_of(std::span<const MeshTree::Hit> hits, double gap_mm) {
  if (hits.empty()) return {0.0, RayCase::kNone};
  std::size_t n = 0;
  double entered = 0.0, left = 0.0;
  if (hits[0].leaving) {  // it began inside
    left = hits[0].distance_mm;
    n = 1;
  } else {
    entered = hits[0].distance_mm;
    if (entered > gap_mm) return {0.0, RayCase::kAway};
    if (hits.size() == 1) return {0.0, RayCase::kNone};  // never left within reach: no layer with two sides
    left = hits[1].distance_mm;
    n = 2;
  }
  while (n + 1 < hits.size() && !hits[n].leaving && hits[n].distance_mm - left <= gap_mm &&
         hits[n + 1].leaving) {
    left = hits[n + 1].distance_mm;
    n += 2;
  }
  const RayCase found = hits.size() > 2 ? RayCase::kSeveral : hits[0].leaving ? RayCase::kOne : RayCase::kTwo;
  if (left <= entered) return {0.0, RayCase::kNone};
  return {left - entered, found};
}

RayThickness ray_thickness(const TriangleMesh& bone,
                           std::span<const std::array<double, 3>> normals,
                           const TriangleMesh& cartilage,
                           const RayRules& rules) {
  const std::size_t count = bone.points_lps_mm.size();
  require(normals.size() == count, Errc::kInput, "a thickness along normals needs a normal for each vertex");
  const MeshTree tree(cartilage);
  RayThickness result{std::vector<double>(count, 0.0), std::vector<RayCase>(count, RayCase::kNone)};
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count), [&](const auto& range) {
    for (std::size_t v = range.begin(); v < range.end(); ++v) {
      const auto hits = tree.hits(bone.points_lps_mm[v], normals[v], -rules.inwards_mm, rules.outwards_mm);
      std::tie(result.thickness_mm[v], result.cases[v]) = layer_of(hits, rules.gap_mm);
    }
  });
  return result;
}

}  // namespace ledd
