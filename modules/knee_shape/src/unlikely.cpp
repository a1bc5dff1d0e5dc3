#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/mesh/mesh_tree.h"
#include "ledd/mesh/vectors.h"

#include "model.h"

namespace ledd {
namespace {

constexpr double kOnBoneMm = 12.0;

Point place_of(const Labels& labels, std::size_t voxel) {
  Labels::PointType p;
  labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(voxel)), p);
  return {p[0], p[1], p[2]};
}

/// By voxel, the value at the vertex nearest to it; NaN beyond reach.
std::vector<double> at_nearest(const Labels& labels,
                               const std::vector<std::size_t>& voxels,
                               const MeshTree& tree,
                               const std::vector<double>& by_vertex) {
  std::vector<double> out(voxels.size(), std::numeric_limits<double>::quiet_NaN());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, voxels.size()), [&](const auto& range) {
    for (std::size_t n = range.begin(); n < range.end(); ++n)
      if (const auto near = tree.nearest(place_of(labels, voxels[n]), kOnBoneMm))
        out[n] = by_vertex[near->vertex];
  });
  return out;
}

/// Voxels chosen, in parts that touch by face, edge or corner. Both are ascending.
std::vector<std::vector<std::size_t>> parts_of(const Labels& labels, const std::vector<std::size_t>& chosen) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const auto nx = static_cast<long>(size[0]), ny = static_cast<long>(size[1]),
             nz = static_cast<long>(size[2]);
  std::vector<std::uint8_t> met(chosen.size(), 0);
  std::vector<std::vector<std::size_t>> parts;
  const auto number_of = [&](std::size_t voxel) {
    const auto at = std::lower_bound(chosen.begin(), chosen.end(), voxel);
    return at != chosen.end() && *at == voxel ? static_cast<std::size_t>(at - chosen.begin()) : chosen.size();
  };
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    if (met[n] != 0) continue;
    met[n] = 1;
    std::vector<std::size_t> stack{n}, part;
    while (!stack.empty()) {
      const std::size_t voxel = chosen[stack.back()];
      stack.pop_back();
      part.push_back(voxel);
      const auto q = static_cast<long>(voxel);
      const long x = q % nx, y = q / nx % ny, z = q / (nx * ny);
      for (long k = std::max(0L, z - 1); k <= std::min(nz - 1, z + 1); ++k)
        for (long j = std::max(0L, y - 1); j <= std::min(ny - 1, y + 1); ++j)
          for (long i = std::max(0L, x - 1); i <= std::min(nx - 1, x + 1); ++i) {
            const std::size_t next = number_of(static_cast<std::size_t>((k * ny + j) * nx + i));
            if (next == chosen.size() || met[next] != 0) continue;
            met[next] = 1;
            stack.push_back(next);
          }
    }
    std::sort(part.begin(), part.end());
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

std::vector<UnlikelyPart> KneeShape::unlikely(const Labels& labels,
                                              const TriangleMesh& bone,
                                              const ShapeFit& fit) const {
  std::vector<UnlikelyPart> all;
  if (!fit.usable) return all;
  const MeshTree tree(bone);
  const auto normals = vertex_normals(bone);
  const auto spacing = labels.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (const std::uint16_t id : cartilages_of(fit.bone_id)) {
    std::vector<std::size_t> voxels, chosen;
    for (std::size_t n = 0; n < count; ++n)
      if (labels.GetBufferPointer()[n] == id) voxels.push_back(n);
    const auto p =
        at_nearest(labels, voxels, tree, cartilage_at(fit, id, bone.points_lps_mm, normals).probability);
    for (std::size_t n = 0; n < voxels.size(); ++n)
      if (p[n] < params_.never) chosen.push_back(voxels[n]);
    for (auto& part : parts_of(labels, chosen)) {
      UnlikelyPart found;
      found.cartilage = id;
      found.volume_mm3 = voxel_mm3 * static_cast<double>(part.size());
      if (found.volume_mm3 < params_.least_mm3) continue;
      for (const std::size_t voxel : part) {
        const auto n =
            static_cast<std::size_t>(std::lower_bound(voxels.begin(), voxels.end(), voxel) - voxels.begin());
        found.probability = std::max(found.probability, p[n]);
        found.centre_lps_mm =
            vec::along(found.centre_lps_mm, 1.0 / static_cast<double>(part.size()), place_of(labels, voxel));
      }
      found.voxels = std::move(part);
      all.push_back(std::move(found));
    }
  }
  return all;
}

}  // namespace ledd
