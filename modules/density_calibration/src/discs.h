#pragma once
#include <vector>

#include "view.h"

namespace ledd::calibration {

/// What slabs are cut off at: metal, and nothing of a body or a phantom.
inline constexpr float kHighestHu = 2600.0F;

/// The mean of a few slices, on pixels of about 1.2 mm.
struct Slab {
  double w_mm = 0.0;  ///< Of its middle.
  std::array<std::size_t, 2> size{};
  std::array<double, 2> step_mm{};
  Spot first_mm{};  ///< Centre of its first pixel.
  std::vector<float> hu;
  std::vector<std::uint8_t> outside;  ///< 1 outside the reconstructed field.

  /// Bilinear; the edge's value outside.
  double at(const Spot& p_mm) const;
  bool in_field(const Spot& p_mm) const;
};

/// A round thing in a slab.
struct Disc {
  Spot centre_mm{};
  double radius_mm = 0.0;
  double completeness = 0.0;  ///< Share of the circle over which the HU step in the same sense.
  double hu = 0.0;            ///< Mean within 0.7 of the radius.
  double sd_hu = 0.0;         ///< Of the slab's pixels there.
};

/// Cuts the volume into slabs of about `thickness_mm`; where there are more than `most`, that many from end
/// to end.
std::vector<Slab> slabs_of(const View& view, double thickness_mm, std::size_t most);

/// All homogeneous discs with radii from `low_mm` to `high_mm`, the most complete first.
std::vector<Disc> discs_of(const Slab& slab, double low_mm, double high_mm);

/// Mean and SD within `radius_mm` of a spot.
struct Inside {
  double hu = 0.0, sd_hu = 0.0;
};
Inside inside(const Slab& slab, const Spot& centre_mm, double radius_mm);

}  // namespace ledd::calibration
