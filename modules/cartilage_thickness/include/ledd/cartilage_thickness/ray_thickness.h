#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ledd/mesh/mesh.h"
#include "ledd/mesh/mesh_tree.h"

namespace ledd {

/// How a ray from the bone met the cartilage.
enum class RayCase : std::uint8_t {
  kNone,     ///< Nothing in reach: thickness 0.
  kAway,     ///< What it met begins farther from the bone than `gap_mm`: another cartilage; thickness 0.
  kOne,      ///< It only left: the cartilage begins inside the bone or is open there; counted from the bone's
             ///< surface.
  kTwo,      ///< In and out.
  kSeveral,  ///< More passages: those of one layer (gaps up to `gap_mm`) are joined, what lies beyond is not
             ///< of it.
};

/// What counts as the layer on the bone.
struct RayRules {
  double inwards_mm = 3.0;    ///< The ray begins this far inside the bone.
  double outwards_mm = 12.0;  ///< ... and ends this far outside.
  double gap_mm = 2.0;  ///< Cartilage may begin this far from the bone's surface, and have gaps this wide.
};

struct RayThickness {
  std::vector<double> thickness_mm;  ///< By vertex of the bone.
  std::vector<RayCase> cases;
};

/// Thickness of a cartilage, given as a surface, along the bone's normals: from where the ray through a
/// vertex first enters the cartilage to where it last leaves the layer that lies on the bone.
/// @param normals  Unit vectors, by vertex, out of the bone.
/// @throws Error{kInput}  as MeshTree, or not as many normals as vertices.
RayThickness ray_thickness(const TriangleMesh& bone,
                           std::span<const std::array<double, 3>> normals,
                           const TriangleMesh& cartilage,
                           const RayRules& rules = {});

/// The rules applied to the passages of one ray, in order of distance from the bone's surface.
std::pair<double, RayCase> layer_of(std::span<const MeshTree::Hit> hits, double gap_mm);

}  // namespace ledd
