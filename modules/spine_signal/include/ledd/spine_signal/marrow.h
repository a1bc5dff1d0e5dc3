#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"
#include "ledd/spine_signal/slices.h"

namespace ledd::spine_signal {

/// A voxel of a vertebral body with its way to the four walls of its slice, along the body's own axes.
struct MarrowVoxel {
  Offset voxel = 0;
  int slice = 0;
  float to_superior_mm = 0, to_inferior_mm = 0, to_anterior_mm = 0, to_posterior_mm = 0;
  float lateral_mm = 0;  ///< Left of the body's centre.

  double height() const { return to_inferior_mm / (to_inferior_mm + to_superior_mm); }  ///< 0 below, 1 above.
  double depth() const { return to_anterior_mm / (to_anterior_mm + to_posterior_mm); }  ///< 0 in front.
  double to_endplate_mm() const { return to_superior_mm < to_inferior_mm ? to_superior_mm : to_inferior_mm; }
  double to_wall_mm() const { return to_anterior_mm < to_posterior_mm ? to_anterior_mm : to_posterior_mm; }
};

/// The marrow of one labelled body.
struct Marrow {
  std::uint16_t id = 0;
  std::string region;  ///< "L4".
  std::string reason;  ///< Why there are no voxels; empty if there are.
  SpineResult::Frame frame;
  double half_height_mm = 0.0;      ///< Half of Hm; of S1, half of that of the nearest measured body above.
  std::vector<MarrowVoxel> voxels;  ///< Of the usable slices; ascending by Offset.
  std::vector<int> slices;          ///< Usable: at least 60 % of the area of the largest; ascending.
  int middle_slice = 0;             ///< The usable slice nearest to the body's centre.

  /// Usable slices whose centre is within `half_slab_mm` of the body's centre, or the three nearest.
  std::vector<int> central(const Slices& slices, double half_slab_mm = 5.0) const;
};

/// One entry per body of `spine`, from head to foot. S1 reaches down as far as the body above is high.
std::vector<Marrow> marrow_of(const Labels& labels, const SpineResult& spine);

/// Where the basivertebral vein leaves the body: a wedge at mid-height that opens backwards, |height - 1/2|
/// up to 0.06 at 30 % of the depth and up to 0.20 at the posterior wall, within 12 mm of the midline.
bool in_vein_wedge(const MarrowVoxel& voxel);

/// The reference region: 35..65 % of the height, 25..75 % of the depth, without the vein wedge.
bool in_centre(const MarrowVoxel& voxel);

/// Signal of marrow without the fall-off of the coil: one value per MarrowVoxel of each body.
///
/// Method   relative to the median of its own body's core (25..75 % of the height, 3 mm from every wall, no
///          vein), signal is 1 + a polynomial in the voxel's place in the body: linear and quadratic in the
///          posterior and left coordinate, linear in the superior one with a slope that may change along
///          the spine. One set of coefficients for all bodies, Huber weights. The value is signal divided by
///          it, but not by less than 0.3.
/// Limits   A change of signal that all bodies share at the same place is taken for the coil. Levels of the
///          bodies are not made equal.
std::vector<std::vector<float>> flattened(const Volume& volume,
                                          const Slices& slices,
                                          std::span<const Marrow> bodies);

/// Mean over the 3 x 3 neighbours in the slice that are in `voxels` too; same order.
std::vector<float> smoothed(const Slices& slices,
                            const std::vector<MarrowVoxel>& voxels,
                            const std::vector<float>& values);

/// What normal marrow of a body looks like: median and scatter (1.4826 MAD) in the centre.
struct MarrowReference {
  std::size_t voxels = 0;
  double median = 0.0;
  double scatter = 0.0;
};
/// The scatter is at least `least_scatter` of the median.
MarrowReference reference_of(const std::vector<MarrowVoxel>& voxels,
                             const std::vector<float>& values,
                             double least_scatter = 0.0);

/// Positions in `body.voxels` at least `skip_mm` from walls and endplates; `with_vein`: in the wedge too.
enum class Vein { kLeaveOut, kKeep };
std::vector<std::size_t> inner(const Marrow& body, double skip_mm, Vein vein);

/// How far the voxels at `positions` are from the reference, in scatters: the mean over 3 x 3 pixels, but no
/// more than twice the voxel's own (0 when the signs differ), so that a lesion does not grow by the
/// averaging. 0 where there is no scatter.
std::vector<float> z_scores(const Slices& slices,
                            const Marrow& body,
                            const std::vector<float>& values,
                            const std::vector<std::size_t>& positions,
                            const MarrowReference& reference);

}  // namespace ledd::spine_signal
