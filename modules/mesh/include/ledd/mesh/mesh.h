#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ledd/core/error.h"

namespace ledd {

/// A surface of triangles: a plain value. It is no vtkPolyData, since a value can be copied, compared and
/// read from many threads, and no header of VTK reaches those who only measure.
///
/// Corners run counter-clockwise seen from outside, so that normals point outwards.
struct TriangleMesh {
  std::vector<std::array<double, 3>> points_lps_mm;
  std::vector<std::array<std::uint32_t, 3>> triangles;
};

/// @throws Error{kInput}  a triangle names a point that is not there, or a coordinate is not finite.
void require_valid(const TriangleMesh& mesh);

std::vector<double> triangle_areas_mm2(const TriangleMesh& mesh);
/// A third of the area of every triangle at a vertex: they add up to the area of the mesh.
std::vector<double> vertex_areas_mm2(const TriangleMesh& mesh);
double area_mm2(const TriangleMesh& mesh);
/// Enclosed volume by the divergence theorem. For a mesh with a boundary it means nothing: see
/// boundary_edges.
double volume_mm3(const TriangleMesh& mesh);
/// Edges that belong to one triangle only; 0 for a closed mesh.
std::size_t boundary_edges(const TriangleMesh& mesh);

/// Unit normals of the triangles' planes; zero for a triangle without area.
std::vector<std::array<double, 3>> triangle_normals(const TriangleMesh& mesh);
/// Mean of the normals of the triangles at each vertex, weighted by their areas, of length 1.
std::vector<std::array<double, 3>> vertex_normals(const TriangleMesh& mesh);

/// Part of a mesh: triangles whose three corners are kept, and where its points come from.
struct MeshPart {
  TriangleMesh mesh;
  std::vector<std::uint32_t> from;  ///< Index in the whole mesh of each point.
};
/// @throws Error{kInput}  `keep` has not one entry for each point.
MeshPart part_of(const TriangleMesh& mesh, std::span<const std::uint8_t> keep);

/// Which vertices share an edge, in ascending order: those of vertex v are list[first[v]] .. list[first[v +
/// 1] - 1].
struct Neighbours {
  std::vector<std::uint32_t> first, list;
  std::span<const std::uint32_t> of(std::size_t v) const {
    return {list.data() + first[v], list.data() + first[v + 1]};
  }
};
Neighbours neighbours_of(const TriangleMesh& mesh);

/// A number for each connected part of the vertices where `in` is not 0, from 1, the largest (by count)
/// first; 0 elsewhere.
std::vector<int> connected_parts(const Neighbours& neighbours, std::span<const std::uint8_t> in);

/// The same, and the corners that face each other across an edge of two triangles: the ways of a geodesic.
Neighbours ways_of(const TriangleMesh& mesh);

/// Length of the shortest way over the surface to the nearest seed, up to `limit_mm`; infinity beyond.
/// @param ways  ways_of(mesh). A path along them is up to 6 % longer than the true geodesic.
std::vector<double> geodesic_distance_mm(const TriangleMesh& mesh,
                                         const Neighbours& ways,
                                         std::span<const std::uint8_t> seeds,
                                         double limit_mm = std::numeric_limits<double>::infinity());

/// Unit vectors averaged with those of their neighbours, `rounds` times.
std::vector<std::array<double, 3>> smoothed_normals(const Neighbours& neighbours,
                                                    std::vector<std::array<double, 3>> normals,
                                                    int rounds);

}  // namespace ledd
