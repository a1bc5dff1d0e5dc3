#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/density_calibration/density_line.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd {

/// What VertebralDensity found.
struct VertebralDensityResult {
  /// HU over the voxels whose centres lie in a region; no voxels: there is no such region.
  struct Region {
    std::size_t voxels = 0;
    double mean_hu = 0.0, sd_hu = 0.0;
  };

  /// The standard region: an ellipse in the plane between the endplates, and as much above it as below.
  struct Cylinder {
    Point centre_lps_mm{};
    double half_width_mm = 0.0, half_depth_mm = 0.0, height_mm = 0.0;
  };

  struct Vertebra {
    std::uint16_t id = 0;
    SpineResult::Frame frame;       ///< Of the body; as SpineMorphometry has it.
    Region integral;                ///< All of the body.
    Region trabecular;              ///< What lies at least `erosion_mm` below its surface, in one part.
    Region shell;                   ///< What lies at most `shell_mm` below it.
    Region cylinder;                ///< Within `where`.
    double volume_cm3 = 0.0;        ///< Of the voxels of the body.
    std::optional<Cylinder> where;  ///< Empty: `no_cylinder`.
    std::string no_cylinder;
    double dense_share = 0.0;  ///< Of the cylinder: HU above its median by 100 and by 4 of its (robust) SD.
    double metal_cm3 = 0.0;    ///< Voxels above 2500 HU in the body or within 10 mm of it.
  };
  std::vector<Vertebra> vertebrae;  ///< From head to foot.
};

/// Density of vertebral bodies on CT: of the whole body, of its trabecular inside, of its shell and in the
/// standard elliptic cylinder.
///
/// Method   The depth of a voxel is its distance to the body's surface, exact to some 0.1 mm: the surface on
/// a
///          grid of 1 mm, distances from there. Trabecular: at least `erosion_mm` deep, the largest connected
///          part where a ball of 4 mm fits, so that neither shell nor, in a mask of a whole vertebra,
///          posterior elements are in it. The cylinder is `cylinder_height_mm` high about the mid-plane of
///          the body, 1.4 times as wide as deep, in the front two thirds of the body (the basivertebral vein
///          enters behind), and as large as fits into the trabecular inside.
/// Source   Region by convention of QCT: Engelke et al., J Clin Densitom 11:123, 2008 (ISCD positions).
/// Limits   Depths and shares are ours: no two programs use the same. Voxels of 3 mm reach over the shell;
/// with
///          `erosion_mm` at 4 their centres are beyond it.
class VertebralDensity {
 public:
  struct Params {
    double erosion_mm = 4.0;
    double shell_mm = 2.0;
    double cylinder_height_mm = 9.0;
    double min_half_depth_mm = 5.0;  ///< A cylinder less deep is not taken.
    static const ParamTable<Params>& table();
  };
  using Result = VertebralDensityResult;

  /// @throws Error{kParam}
  explicit VertebralDensity(const Params& params);
  VertebralDensity() : VertebralDensity(Params{}) {}

  /// @param scan    HU.
  /// @param labels  Ids of modules/anatomy, same grid; other ids than vertebrae T1 to L6 are ignored.
  /// @param inside  Null, or 0.5 on the surface and more within; same grid.
  /// @param spine   What SpineMorphometry said of these labels: where the bodies' mid-planes lie.
  /// @throws Error{kInput}  the grids differ.
  Result operator()(const Volume& scan,
                    const Labels& labels,
                    const Volume* inside,
                    const SpineResult& spine,
                    Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Why HU of a vertebra are not those of bone; empty when they are.
std::string metal_reason(const VertebralDensityResult::Vertebra& vertebra);

/// How HU become densities, or why they do not.
struct DensityScale {
  std::optional<DensityLine> line;
  std::string refusal;  ///< Empty exactly when there is a line.
};

/// Rows of every vertebra; densities fail without a line, HU do not.
std::vector<Measurement> measurements(const VertebralDensityResult& result, const DensityScale& scale);

/// For the report: the cylinder of a vertebra in its mid-sagittal and in its mid-axial plane.
struct CylinderLines {
  Polyline from_side, from_above;
};
std::optional<CylinderLines> cylinder_lines(const VertebralDensityResult::Vertebra& vertebra);

/// For a viewer: the cylinder as rings at most 2 mm apart, and its outlines from the side and from the front.
/// Nothing without a cylinder.
std::vector<Polyline> cylinder_drawing(const VertebralDensityResult::Vertebra& vertebra);

}  // namespace ledd
