#pragma once
#include <cstdint>
#include <span>

#include "ledd/image/image.h"
#include "ledd/mesh/mesh.h"

namespace ledd {

/// The surface on which a field has the value `level`; inside is above it, normals point outwards.
///
/// Method   Surface nets: one point for every cell of eight voxels that the surface passes through, first the
///          mean of the crossings on the cell's edges, then moved along the gradient of the trilinear field
///          until it lies on the level; one quadrangle for every crossed edge, cut along its shorter
///          diagonal. Positions are physical (LPS), for any spacing, direction or order of the axes.
/// Limits   The surface is open where the image ends. Where two sheets pass through one cell they share a
///          point, so an edge may belong to four triangles.
/// Source   Gibson, MICCAI 1998 (surface nets).
/// @throws Error{kNumeric}  a value of the field is not finite.
TriangleMesh isosurface(const Volume& field, double level);

/// What part of its surroundings a body fills, from 0 to 1; its surface is at 0.5.
///
/// Method   The sum of the voxels with one of `ids`, weighted by a Gaussian of SD `sigma_mm` in physical
/// units;
///          the image goes on beyond its border as it ends there. Cut to the body and `margin_mm` around.
/// Bias     On a flat surface none, since a Gaussian is symmetric; on a curved one the surface moves inwards
/// by
///          sigma^2 (k1 + k2) / 2 (0.018 mm for 0.6 mm and a radius of 20 mm). A layer thinner than about 4
///          sigma becomes thinner still: take a body that is thick (bone, or bone together with its
///          cartilage) and measure the layer between two such surfaces.
/// @throws Error{kInput}  there is no voxel of `ids`.
Volume::Pointer smooth_occupancy(const Labels& labels,
                                 std::span<const std::uint16_t> ids,
                                 double sigma_mm,
                                 double margin_mm);
/// The same from the probability 0..1 that a voxel is of the body, or the part of it that the body fills.
/// @throws Error{kInput}  no voxel is above 0.5, or a value is not within 0..1 (tolerance 0.001).
Volume::Pointer smooth_occupancy(const Volume& probability, double sigma_mm, double margin_mm);

/// Reads a field between its voxels, trilinearly; beyond the border it goes on as it ends there.
/// The field must live as long as the sampler. Any number of threads may read.
class FieldSampler {
 public:
  explicit FieldSampler(const Volume& field);
  double value(const Point& p_lps_mm) const;
  /// Derivative along the patient's axes, 1/mm: difference over one voxel along each image axis.
  Point gradient(const Point& p_lps_mm) const;
  Point index_of(const Point& p_lps_mm) const;
  Point point_of(const Point& index_vox) const;
  /// Whether the nearest voxel is of the image.
  bool inside(const Point& p_lps_mm) const;

 private:
  double at(const Point& index_vox) const;
  const float* values_;
  std::array<long, 3> size_{};
  Point origin_lps_mm_{};
  std::array<Point, 3> to_point_{}, to_index_{};  ///< Rows.
};

}  // namespace ledd
