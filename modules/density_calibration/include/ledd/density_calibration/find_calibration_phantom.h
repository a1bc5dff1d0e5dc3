#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/density_calibration/density_line.h"
#include "ledd/image/image.h"

namespace ledd {

/// A rod where it lies in the scan, and what it reads.
struct FoundRod {
  int number = 0;          ///< From 1, in the order of the phantom's table.
  Point point_lps_mm{};    ///< Of its axis, in the middle of the slices used.
  Point direction_lps{};   ///< Unit vector; all rods of a phantom have the same.
  double radius_mm = 0.0;  ///< Where the HU change most; the table's, scaled, for a hidden rod.
  double hu = 0.0, sd_hu = 0.0, se_hu = 0.0;  ///< Within the eroded rod; SE of the mean.
  std::size_t voxels = 0;
  double centre_rms_mm = 0.0;  ///< Scatter of the slices' centres about the axis.
  bool seen = true;            ///< false: of the phantom's own material; placed by the other rods.
};

/// Finds a calibration phantom in a CT scan by its rods, and calibrates with it.
///
/// Method   At most 32 slabs of about 6 mm across each axis of the image, the one nearest to head-foot first:
/// discs by
///          votes along the gradient of edges (bright and dark, every radius of the table), then rows of
///          discs whose pattern and whose HU are a phantom's of the table, in either direction. A phantom is
///          taken when the same rods, parallel and in one line each, are seen in slab after slab and no other
///          entry, nor part of an entry whose other rods would lie outside the field, fits as well. Then, at
///          full resolution, the centre in each slice (largest step of HU over the circle), one direction for
///          all rods and an axis for each by robust least squares, the radius at the steepest HU, and the
///          mean of what lies `erosion_mm` within it, in the slices where all rods read the same.
/// Limits   What cannot be told apart is refused. A phantom of two rods is taken only when it is the only one
///          asked for, or its geometry was measured. Scatter and cupping between phantom and bone are
///          estimated
///          (`field_hu`), stated in the error and refused when large, not corrected.
class FindCalibrationPhantom {
 public:
  struct Params {
    double erosion_mm = 3.0;           ///< Left out at a rod's edge.
    double min_length_mm = 8.0;        ///< Of slices in which all rods read the same.
    double max_tilt_deg = 30.0;        ///< Of the rods against the normal of the slices.
    double max_matrix_spread_hu = 15;  ///< Of what lies between the rods; more is refused.
    double max_uneven_hu = 15.0;       ///< Between halves of a rod; more is refused.
    double max_field_hu = 15.0;        ///< Between soft tissue near the skin and deep; more is refused.
    FitDensityLine::Params fit{};
    static const ParamTable<Params>& table();
  };

  /// Slices from foot to head, LPS z.
  struct Range {
    double low_mm = 0.0, high_mm = 0.0;
  };

  struct Result {
    std::optional<DensityLine> line;
    std::string refusal;         ///< Why there is no line; empty when there is one. HU may still be reported.
    std::string phantom;         ///< Which was recognised; may stand beside a refusal.
    bool reversed = false;       ///< Its first rod lies to the left (or back), its last to the right.
    std::vector<FoundRod> rods;  ///< In the table's order; also when the fit was refused.
    std::vector<double> residuals_hu;  ///< By rod.
    double matrix_hu = 0.0;            ///< Between the rods.
    double matrix_spread_hu = 0.0;     ///< Largest difference of it.
    /// How much less soft tissue reads deep in the body than near the skin (cupping, and some anatomy); half
    /// of it is the line's field_se_hu. Nothing where there is no body.
    std::optional<double> field_hu;
    bool metal = false;  ///< Somewhere in the scan.
    Range used{};        ///< LPS z of the first rod's axis in the slices used.
    int slices = 0;
    std::vector<std::string> notes;
  };

  /// @throws Error{kParam}
  explicit FindCalibrationPhantom(const Params& params);
  FindCalibrationPhantom() : FindCalibrationPhantom(Params{}) {}

  /// The same for any number of threads.
  /// @param scan      HU; at least 16 voxels along two axes. -1024 or below, all alike: outside the field.
  /// @param phantoms  What may be there; one entry where the user named it.
  /// @param range     Where the bones of interest are; the rods are read there alone. Whole scan if absent.
  /// @throws Error{kInput}  `phantoms` is empty, the scan too small or not finite, the range not upward.
  Result operator()(const Volume& scan,
                    const std::vector<CalibrationPhantom>& phantoms,
                    const std::optional<Range>& range,
                    Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
