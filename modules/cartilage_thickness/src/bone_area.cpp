#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd::cartilage {
namespace {

using Marks = std::vector<std::uint8_t>;

std::vector<double> part_areas(const std::vector<int>& part, const std::vector<double>& area_mm2) {
  std::vector<double> areas(1, 0.0);
  for (std::size_t v = 0; v < part.size(); ++v) {
    const auto number = static_cast<std::size_t>(part[v]);
    if (number >= areas.size()) areas.resize(number + 1, 0.0);
    if (number > 0) areas[number] += area_mm2[v];
  }
  return areas;
}

/// Patches smaller than `speck_mm2` taken away.
void drop_specks(const Neighbours& neighbours,
                 const std::vector<double>& area_mm2,
                 double speck_mm2,
                 Marks& marks) {
  const auto part = connected_parts(neighbours, marks);
  const auto areas = part_areas(part, area_mm2);
  for (std::size_t v = 0; v < marks.size(); ++v)
    if (part[v] > 0 && areas[static_cast<std::size_t>(part[v])] < speck_mm2) marks[v] = 0;
}

/// Adds what the marks enclose: connected parts of the rest but the largest, up to a size.
double fill_enclosed(const Neighbours& neighbours,
                     const std::vector<double>& area_mm2,
                     double limit_mm2,
                     Marks& marks) {
  Marks rest(marks.size());
  for (std::size_t v = 0; v < marks.size(); ++v) rest[v] = marks[v] == 0 ? 1 : 0;
  const auto part = connected_parts(neighbours, rest);
  const auto areas = part_areas(part, area_mm2);
  double added_mm2 = 0.0;
  for (std::size_t v = 0; v < marks.size(); ++v)
    if (part[v] > 1 && areas[static_cast<std::size_t>(part[v])] <= limit_mm2) {
      marks[v] = 1;
      added_mm2 += area_mm2[v];
    }
  return added_mm2;
}

/// The longest step from vertex to vertex.
double longest_step_mm(const TriangleMesh& bone, const Neighbours& ways) {
  double longest = 0.0;
  for (std::size_t v = 0; v < bone.points_lps_mm.size(); ++v)
    for (const std::uint32_t w : ways.of(v))
      longest = std::max(longest, vec::distance(bone.points_lps_mm[v], bone.points_lps_mm[w]));
  return longest;
}

/// Dilation by `radius_mm` over the surface, then erosion by that and half a step more: so far beyond the
/// radius lies the first vertex beyond it on the mean, and an erosion by the radius alone would leave a rim.
double close_bays(const TriangleMesh& bone,
                  const Neighbours& ways,
                  const std::vector<double>& area_mm2,
                  double radius_mm,
                  Marks& marks) {
  if (!(radius_mm > 0.0)) return 0.0;
  const auto out = geodesic_distance_mm(bone, ways, marks, radius_mm);
  Marks beyond(marks.size());
  for (std::size_t v = 0; v < marks.size(); ++v) beyond[v] = out[v] <= radius_mm ? 0 : 1;
  const double back_mm = radius_mm + 0.5 * longest_step_mm(bone, ways);
  const auto back = geodesic_distance_mm(bone, ways, beyond, back_mm);
  double added_mm2 = 0.0;
  for (std::size_t v = 0; v < marks.size(); ++v)
    if (marks[v] == 0 && beyond[v] == 0 && back[v] > back_mm) {
      marks[v] = 1;
      added_mm2 += area_mm2[v];
    }
  return added_mm2;
}

}  // namespace

void find_bone_areas(const std::vector<std::uint16_t>& seen,
                     const CartilageThickness::Params& params,
                     CartilageLayer& layer) {
  const std::size_t count = seen.size();
  const Neighbours neighbours = neighbours_of(layer.bone), ways = ways_of(layer.bone);
  layer.plate.assign(count, 0);
  layer.covered.assign(count, 0);
  for (auto& plate : layer.plates) {
    Marks marks(count);
    for (std::size_t v = 0; v < count; ++v) marks[v] = seen[v] == plate.id ? 1 : 0;
    drop_specks(neighbours, layer.area_mm2, params.speck_mm2, marks);
    for (std::size_t v = 0; v < count; ++v)
      if (marks[v] != 0) {
        layer.plate[v] = plate.id;
        layer.covered[v] = 1;
      }
  }
  for (auto& plate :
       layer.plates) {  // once all covered bone is given out: closing takes none from another plate
    Marks marks(count);
    for (std::size_t v = 0; v < count; ++v) marks[v] = layer.plate[v] == plate.id ? 1 : 0;
    plate.enclosed_mm2 = fill_enclosed(neighbours, layer.area_mm2, params.enclosed_mm2, marks);
    plate.bay_mm2 = close_bays(layer.bone, ways, layer.area_mm2, params.bay_mm, marks);
    plate.bay_mm2 += fill_enclosed(neighbours, layer.area_mm2, params.enclosed_mm2, marks);
    for (std::size_t v = 0; v < count; ++v)
      if (marks[v] != 0 && layer.plate[v] == 0) layer.plate[v] = plate.id;
  }
}

}  // namespace ledd::cartilage
