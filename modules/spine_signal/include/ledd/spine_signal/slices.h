#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::spine_signal {

/// A voxel by its place in the buffer.
using Offset = std::size_t;

/// A stack of slices seen as such: which axis runs across them, and how to step within one.
struct Slices {
  unsigned across = 2;                   ///< The image axis nearest to the patient's left-right.
  std::array<unsigned, 2> within{0, 1};  ///< The other two.
  std::array<long, 3> size{};
  std::array<Offset, 3> stride{};
  std::array<double, 3> spacing_mm{};
  std::array<Point, 3> axis_lps{};  ///< Unit vectors of the image axes.
  Point origin_lps_mm{};            ///< Centre of the first voxel.

  std::array<long, 3> index(Offset voxel) const;
  Offset offset(const std::array<long, 3>& index) const;
  int slice(Offset voxel) const;
  Point centre_lps_mm(Offset voxel) const;
  double voxel_mm3() const { return spacing_mm[0] * spacing_mm[1] * spacing_mm[2]; }
  double pixel_mm2() const { return spacing_mm[within[0]] * spacing_mm[within[1]]; }
  double in_plane_mm() const;  ///< The larger of the two spacings within a slice.
};
/// @throws Error{kInput}  two image axes are nearest to the same anatomical axis.
Slices slices_of(const itk::ImageBase<3>& image);

/// `direction_lps` without its part across the slices, unit length; zeros if nothing is left.
Point within_slice(const Slices& slices, const Point& direction_lps);

/// How far one can go from the centre of `voxel` along `direction_lps` (unit vector, within the slice)
/// before the nearest voxel bears another label, mm, at most `limit_mm`. To a quarter of a pixel.
double inside_mm(
    const Labels& labels, const Slices& slices, Offset voxel, const Point& direction_lps, double limit_mm);

/// Voxels of a label, ascending.
std::vector<Offset> voxels_of(const Labels& labels, std::uint16_t id);

}  // namespace ledd::spine_signal
