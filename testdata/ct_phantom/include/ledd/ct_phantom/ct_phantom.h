#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/ct_phantom/pad.h"
#include "ledd/image/image.h"

namespace ledd {
namespace ct_phantom {

struct Params {
  int columns = 256, rows = 256, slices = 24;
  double pixel_mm = 1.4, pitch_mm = 3.0;
  double centre_left_mm = 0.0;  ///< Of the image from the table's middle.
  double field_mm = 0.0;  ///< Diameter of the reconstructed disc; outside it -2048. 0: all of the image.
  std::optional<Pad> pad;
  double sigma_hu = 1.40;  ///< HU = beta + sigma density, in the pad's mineral; K2HPO4 without a pad.
  double beta_hu = 5.0;
  double vbmd_mg_cm3 = 120.0;  ///< Of the vertebra's inside, in that mineral.
  double noise_sd_hu = 0.0;
  double cupping_hu = 0.0;  ///< What the middle of the body is too low.
  double hardening = 0.0;   ///< Per 1000 HU: HU - hardening HU^2 / 1000 for what is above water.
  bool metal = false;       ///< An implant with streaks in the vertebra.
  bool couch = true;
  std::uint64_t seed = 1;
};

}  // namespace ct_phantom

/// A CT scan of a lying body on a couch with a calibration phantom, and the truth it was drawn from.
///
/// Method   Solids with soft edges (a blur of about 1 mm), painted one over the other; slices are means of
/// three
///          planes. HU of rods and vertebra from their density by the scan's line, a phantom with water
///          equivalents by its own equation. White noise; cupping as a paraboloid over the body; metal with
///          streaks that fade with distance.
/// Limits   Noise is white, streaks are schematic; a real scan's noise is correlated and streaked.
class CtPhantom {
 public:
  using Params = ct_phantom::Params;
  struct Result {
    Volume::Pointer scan;                    ///< HU; x to the left, y to the back, z upward.
    Mask::Pointer vertebra;                  ///< 1 in the vertebra's inside, 4 mm from its cortex.
    std::vector<ct_phantom::RodTruth> rods;  ///< In the order of the table; also those outside the field.
  };

  /// @throws Error{kParam}  fewer than 8 voxels along an axis, a size or a noise that is no positive number.
  explicit CtPhantom(const Params& params);

  /// The same bytes for any number of threads.
  Result operator()(Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
