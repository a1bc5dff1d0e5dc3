#include "ledd/cartilage_thickness/cartilage_thickness.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/mesh/mesh_tree.h"
#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd {
namespace {

using cartilage::Bodies;

/// Reads the label that fills most of a voxel's volume around a point; 0 outside the image. Not that of the
/// nearest voxel: vertices of surface nets lie half way between voxels, where rounding would always take the
/// same side and shift a plate by half a voxel. Equal shares go to the higher id, which is the cartilage's.
class LabelReader {
 public:
  explicit LabelReader(const Labels& labels) : id_(labels.GetBufferPointer()) {
    const auto inverse = labels.GetInverseDirection();
    for (unsigned a = 0; a < 3; ++a) {
      size_[a] = static_cast<long>(labels.GetLargestPossibleRegion().GetSize(a));
      for (unsigned b = 0; b < 3; ++b) to_index_[a][b] = inverse(a, b) / labels.GetSpacing()[a];
    }
    Labels::PointType first;
    labels.TransformIndexToPhysicalPoint(labels.GetLargestPossibleRegion().GetIndex(), first);
    for (unsigned a = 0; a < 3; ++a) origin_[a] = first[a];
  }

  std::uint16_t operator()(const Point& p) const {
    std::array<long, 3> low{};
    std::array<double, 3> share{};
    for (unsigned a = 0; a < 3; ++a) {
      const double at = vec::dot(to_index_[a], vec::sub(p, origin_));
      low[a] = static_cast<long>(std::floor(at));
      share[a] = at - static_cast<double>(low[a]);
    }
    std::array<std::uint16_t, 8> ids{};
    for (unsigned n = 0; n < 8; ++n)
      ids[n] = at(low[0] + (n & 1U), low[1] + ((n >> 1U) & 1U), low[2] + (n >> 2U));
    if (std::all_of(ids.begin(), ids.end(), [&](std::uint16_t id) { return id == ids[0]; })) return ids[0];
    return largest_share(ids, share);
  }

 private:
  std::uint16_t at(long i, long j, long k) const {
    const bool outside = i < 0 || j < 0 || k < 0 || i >= size_[0] || j >= size_[1] || k >= size_[2];
    return outside ? std::uint16_t{0} : id_[(k * size_[1] + j) * size_[0] + i];
  }

  static std::uint16_t largest_share(const std::array<std::uint16_t, 8>& ids,
                                     const std::array<double, 3>& share) {
    constexpr double kEqual = 1e-6;
    std::uint16_t best = 0;
    double most = -1.0;
    for (const std::uint16_t id : ids) {
      double sum = 0.0;
      for (unsigned n = 0; n < 8; ++n)
        if (ids[n] == id)
          sum += ((n & 1U) != 0 ? share[0] : 1.0 - share[0]) * ((n & 2U) != 0 ? share[1] : 1.0 - share[1]) *
                 ((n & 4U) != 0 ? share[2] : 1.0 - share[2]);
      if (sum > most + kEqual || (sum > most - kEqual && id > best)) {
        most = sum;
        best = id;
      }
    }
    return best;
  }

  const std::uint16_t* id_;
  std::array<long, 3> size_{};
  std::array<Point, 3> to_index_{};
  Point origin_{};
};

/// What the labels show along a normal.
struct Seen {
  std::uint16_t id = 0;  ///< First cartilage within reach of the bone; 0 for none.
  double end_mm = 0.0;   ///< Where the run of cartilage ends.
  double gap_mm = 0.0;   ///< Neither bone nor cartilage, between bone and cartilage.
};

Seen look_along(const LabelReader& label,
                const CartilageLayer& layer,
                std::size_t v,
                const CartilageThickness::Params& params) {
  constexpr double kStepMm = 0.05, kBeforeMm = 1.0, kToothMm = 0.12;
  Seen seen;
  double length_mm = 0.0;
  for (int n = 0;; ++n) {
    const double t = -kBeforeMm + kStepMm * n;
    if (t > params.max_mm) break;
    const std::uint16_t id = label(vec::along(layer.bone.points_lps_mm[v], t, layer.normals[v]));
    const bool of_layer =
        std::any_of(layer.plates.begin(), layer.plates.end(), [id](const auto& p) { return p.id == id; });
    if (seen.id == 0) {
      if (t > params.gap_mm) break;
      if (id == layer.bone_id) seen.gap_mm = 0.0;
      if (!of_layer && id != layer.bone_id) seen.gap_mm += kStepMm;
    }
    if (of_layer && seen.id == 0) seen.id = id;
    if (of_layer) seen.end_mm = t + 0.5 * kStepMm;
    if (seen.id != 0 && !of_layer && t - seen.end_mm > params.gap_mm) break;
    if (seen.id != 0 && id == layer.bone_id) {
      if (t > params.gap_mm) break;
      seen = {};  // steps of the voxels: the bone's surface is further out
      length_mm = 0.0;
    }
    if (of_layer) length_mm += kStepMm;
  }
  // Voxels at a plate's edge stand out like teeth: a ray beside the plate meets one here and there. What does
  // not lie on the bone at once must be a layer, or the area would grow by such teeth.
  if (seen.gap_mm > kToothMm && length_mm < params.gap_mm) seen.id = 0;
  return seen;
}

/// Thickness at a covered vertex; false when the ray did not leave the body near the end of the labels.
bool thickness_at(const MeshTree& surface,
                  const CartilageLayer& layer,
                  std::size_t v,
                  const Seen& seen,
                  double& thickness_mm) {
  constexpr double kNearMm = 1.2;
  double left = std::numeric_limits<double>::infinity();
  for (const auto& hit :
       surface.hits(layer.bone.points_lps_mm[v], layer.normals[v], -kNearMm, seen.end_mm + kNearMm))
    if (hit.leaving && std::fabs(hit.distance_mm - seen.end_mm) < std::fabs(left - seen.end_mm))
      left = hit.distance_mm;
  const bool matched = std::fabs(left - seen.end_mm) <= kNearMm;
  thickness_mm = std::max(0.0, (matched ? left : seen.end_mm) - seen.gap_mm);
  return matched;
}

void count_voxels(const Labels& labels, CartilageLayer& layer) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const auto spacing = labels.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  std::vector<CartilageLayer::Plate*> of(65536, nullptr);
  for (auto& plate : layer.plates) of[plate.id] = &plate;
  const std::uint16_t* id = labels.GetBufferPointer();
  std::size_t n = 0;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++n) {
        CartilageLayer::Plate* plate = of[id[n]];
        if (plate == nullptr) continue;
        ++plate->voxels;
        if (i == 0 || j == 0 || k == 0 || i + 1 == size[0] || j + 1 == size[1] || k + 1 == size[2])
          plate->at_border = true;
      }
  for (auto& plate : layer.plates) plate.volume_mm3 = static_cast<double>(plate.voxels) * voxel_mm3;
  std::erase_if(layer.plates, [](const auto& plate) { return plate.voxels == 0; });
}

void check(const Labels& labels,
           const CartilageLayer& layer,
           const CartilageThickness::Probabilities& probabilities) {
  if (probabilities.empty()) return;
  std::vector<std::uint16_t> ids{layer.bone_id};
  for (const auto& plate : layer.plates) ids.push_back(plate.id);
  for (const std::uint16_t id : ids) {
    const auto found = probabilities.find(id);
    require(found != probabilities.end() && found->second != nullptr,
            Errc::kInput,
            fmt::format("there are probabilities, but none for label {}", id));
    require_same_grid(labels, *found->second, fmt::format("labels and the probability of label {}", id));
  }
}

Bodies bodies_of(const Labels& labels,
                 const CartilageLayer& layer,
                 const CartilageThickness::Probabilities& probabilities,
                 const CartilageThickness::Params& params) {
  const double margin_mm = 4.0 * params.sigma_mm + 2.0;
  std::vector<std::uint16_t> both{layer.bone_id};
  for (const auto& plate : layer.plates) both.push_back(plate.id);
  if (probabilities.empty())
    return {smooth_occupancy(labels, std::span(both).first(1), params.sigma_mm, margin_mm),
            smooth_occupancy(labels, both, params.sigma_mm, margin_mm)};
  auto sum = Volume::New();
  sum->CopyInformation(&labels);
  sum->SetRegions(labels.GetLargestPossibleRegion());
  sum->Allocate(true);
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (const std::uint16_t id : both) {
    const float* p = probabilities.at(id)->GetBufferPointer();
    for (std::size_t n = 0; n < count; ++n)
      sum->GetBufferPointer()[n] = std::min(1.0F, sum->GetBufferPointer()[n] + p[n]);
  }
  return {smooth_occupancy(*probabilities.at(layer.bone_id), params.sigma_mm, margin_mm),
          smooth_occupancy(*sum, params.sigma_mm, margin_mm)};
}

/// The largest connected part of a surface: a bone's label may have holes and specks.
TriangleMesh largest_part(const TriangleMesh& mesh) {
  const std::vector<std::uint8_t> all(mesh.points_lps_mm.size(), 1);
  const auto part = connected_parts(neighbours_of(mesh), all);
  std::vector<std::uint8_t> keep(part.size());
  for (std::size_t v = 0; v < part.size(); ++v) keep[v] = part[v] == 1 ? 1 : 0;
  return part_of(mesh, keep).mesh;
}

void prepare_bone(const Bodies& bodies, const CartilageThickness::Params& params, CartilageLayer& layer) {
  layer.bone = largest_part(isosurface(*bodies.bone, 0.5));
  require(!layer.bone.triangles.empty(),
          Errc::kInput,
          fmt::format("the bone with label {} is too small to have a surface", layer.bone_id));
  layer.area_mm2 = vertex_areas_mm2(layer.bone);
  const Neighbours neighbours = neighbours_of(layer.bone);
  // Averaging over neighbours spreads like a walk: the radius grows with the square root of the rounds.
  const double edge_mm =
      std::sqrt(area_mm2(layer.bone) / static_cast<double>(layer.bone.points_lps_mm.size()));
  const int rounds = static_cast<int>(std::lround(std::pow(params.normal_mm / edge_mm, 2)));
  layer.normals = smoothed_normals(neighbours, vertex_normals(layer.bone), std::clamp(rounds, 0, 200));
}

/// Share of the voxels of each plate that are not on their bone.
void count_away(const Labels& labels, const CartilageThickness::Params& params, CartilageLayer& layer) {
  for (auto& plate : layer.plates) {
    std::vector<std::uint8_t> keep(layer.plate.size());
    for (std::size_t v = 0; v < keep.size(); ++v) keep[v] = layer.plate[v] == plate.id ? 1 : 0;
    const MeshTree tree(part_of(layer.bone, keep).mesh);
    const std::uint16_t* id = labels.GetBufferPointer();
    const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
    std::size_t looked = 0, away = 0, met = 0;
    for (std::size_t n = 0; n < count; ++n) {
      if (id[n] != plate.id || ++met % 7 != 0) continue;  // a seventh of the voxels tells the share
      Labels::PointType p;
      labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
      ++looked;
      if (!tree.nearest({p[0], p[1], p[2]}, params.away_mm)) ++away;
    }
    plate.away_share = looked > 0 ? static_cast<double>(away) / static_cast<double>(looked) : 0.0;
  }
}

void measure_along_normals(const Labels& labels,
                           const Bodies& bodies,
                           const CartilageThickness::Params& params,
                           CartilageLayer& layer) {
  const LabelReader label(labels);
  const std::size_t count = layer.bone.points_lps_mm.size();
  std::vector<Seen> seen(count);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count), [&](const auto& range) {
    for (std::size_t v = range.begin(); v < range.end(); ++v) seen[v] = look_along(label, layer, v, params);
  });
  std::vector<std::uint16_t> ids(count);
  for (std::size_t v = 0; v < count; ++v) ids[v] = seen[v].id;
  cartilage::find_bone_areas(ids, params, layer);
  const MeshTree surface(isosurface(*bodies.both, 0.5));
  layer.thickness_mm.assign(count, std::numeric_limits<double>::quiet_NaN());
  std::vector<std::uint8_t> matched(count, 1);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count), [&](const auto& range) {
    for (std::size_t v = range.begin(); v < range.end(); ++v) {
      if (layer.plate[v] == 0) continue;
      layer.thickness_mm[v] = 0.0;
      if (layer.covered[v] != 0)
        matched[v] = thickness_at(surface, layer, v, seen[v], layer.thickness_mm[v]) ? 1 : 0;
    }
  });
  for (auto& plate : layer.plates) {
    std::size_t covered = 0, lost = 0;
    for (std::size_t v = 0; v < count; ++v)
      if (layer.plate[v] == plate.id && layer.covered[v] != 0) {
        ++covered;
        if (matched[v] == 0) ++lost;
      }
    plate.unmatched_share = covered > 0 ? static_cast<double>(lost) / static_cast<double>(covered) : 0.0;
  }
}

}  // namespace

const ParamTable<CartilageThickness::Params>& CartilageThickness::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .add(&P::sigma_mm,
               "sigma_mm",
               "mm",
               "SD of the Gaussian that smooths the surfaces of bone and of bone with cartilage.",
               {0.1, 2.0})
          .add(&P::normal_mm,
               "normal_mm",
               "mm",
               "Radius over which the bone's normals are averaged.",
               {0.0, 10.0})
          .add(&P::gap_mm, "gap_mm", "mm", "Cartilage may begin this far from its bone.", {0.1, 3.0})
          .add(&P::max_mm, "max_mm", "mm", "How far a ray is followed.", {2.0, 30.0})
          .add(&P::bay_mm,
               "bay_mm",
               "mm",
               "Uncovered bays up to twice this wide belong to the bone area.",
               {0.0, 20.0})
          .add(&P::enclosed_mm2,
               "enclosed_mm2",
               "mm2",
               "Uncovered patches up to this size, with cartilage all around, belong to the bone area.",
               {0.0, 5000.0})
          .add(&P::speck_mm2,
               "speck_mm2",
               "mm2",
               "Covered patches below this size are left out.",
               {0.0, 200.0})
          .add(&P::away_mm,
               "away_mm",
               "mm",
               "Cartilage voxels farther than this from their bone count as away from it.",
               {1.0, 50.0})
          .add(&P::laplace, "laplace", "Measure along the field lines of Laplace's equation too.")
          .add(&P::laplace_grid_mm, "laplace_grid_mm", "mm", "Grid of Laplace's equation.", {0.1, 1.0});
  return table;
}

CartilageThickness::CartilageThickness(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

CartilageLayer CartilageThickness::operator()(const Labels& labels,
                                              std::uint16_t bone,
                                              const std::vector<std::uint16_t>& cartilages,
                                              const Probabilities& probabilities,
                                              Context& context) const {
  CartilageLayer layer;
  layer.bone_id = bone;
  for (const std::uint16_t id : cartilages) layer.plates.emplace_back().id = id;
  check(labels, layer, probabilities);
  count_voxels(labels, layer);
  require(!layer.plates.empty(),
          Errc::kInput,
          fmt::format("no cartilage of the bone with label {} is labelled", bone));
  const Bodies bodies = bodies_of(labels, layer, probabilities, params_);
  context.throw_if_cancelled();
  prepare_bone(bodies, params_, layer);
  measure_along_normals(labels, bodies, params_, layer);
  count_away(labels, params_, layer);
  context.throw_if_cancelled();
  if (params_.laplace) cartilage::measure_streamlines(labels, bodies, params_, layer);
  return layer;
}

}  // namespace ledd
