#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_result.h"
#include "ledd/spine_signal/spine_signal.h"

namespace ledd {

/// Signal change of marrow along the endplates, typed by rules on T1 and T2 after Modic.
///
/// Method   Each image without the coil's fall-off (spine_signal::flattened) and averaged over 3 x 3 pixels;
///          z against median and scatter (1.4826 MAD, not below `least_scatter` of the median) of the centre
///          of the same body. Type I: T1 <= -k and T2 >= k; II: T1 >= k and T2 >= 0; III: both <= -k. A
///          change counts when connected, begun within `attach_mm` of the endplate, seen in two
///          neighbouring slices, and of `min_volume_cm3`, or `min_depth_mm` deep and a quarter of that
///          volume; it is followed to mid-height, and half of it lies within `band_mm`. The layer next to
///          the endplate (`skip_mm`: partial volume, chemical shift) is not judged; it counts where the
///          marrow behind it does.
/// Source   Modic et al., Radiology 166:193, 1988 (types); rule-based typing: Gao et al., JOR Spine 2022.
/// Limits   Not compared with readings. Without T1 a change has no type. A body changed as a whole hides it.
class Modic {
 public:
  struct Params {
    double k = 3.0;
    double least_scatter = 0.06;
    double band_mm = 8.0;
    double skip_mm = 2.0;  ///< At least one and a half pixels.
    double attach_mm = 4.0;
    double min_volume_cm3 = 0.2;
    double min_depth_mm = 4.0;
    double max_centre_ratio = 1.6;  ///< Centre against the mean of its neighbours: beyond, uncertain.
    static const ParamTable<Params>& table();
  };

  enum class Type { kNone, kOne, kTwo, kThree, kUndetermined };

  struct Endplate {
    std::uint16_t body = 0;
    bool superior = false;
    std::string region;                            ///< "L4 inf", "S1 sup".
    Type type = Type::kNone;                       ///< That of the largest volume.
    double volume_cm3 = 0.0, volume_se_cm3 = 0.0;  ///< Of that type; se: with k - 0.5 and k + 0.5.
    double depth_mm = 0.0, depth_se_mm = 0.0;      ///< 95th percentile of the distance to the endplate.
    std::array<double, 5> volume_by_type_cm3{};    ///< Index: Type.
    Quality quality = Quality::kFailed;
    std::string reason;  ///< Empty exactly when quality is kGood: no change found, nothing doubtful.
    std::vector<spine_signal::Offset> voxels;  ///< Of the counted changes of `type`, ascending.
  };
  struct Result {
    bool has_t1 = false;
    std::vector<Endplate> endplates;  ///< From head to foot; S1 has its superior one.
  };

  /// The images on the labels' grid: T2 without fat suppression, and T1 or null.
  struct Images {
    const Volume* t2 = nullptr;
    const Volume* t1 = nullptr;
  };

  /// @throws Error{kParam}  out of range.
  explicit Modic(const Params& params);
  Modic() : Modic(Params{}) {}

  /// @throws Error{kInput}  no T2, or the grids differ.
  Result operator()(const Images& images,
                    const Labels& labels,
                    const SpineResult& spine,
                    Context& context) const;

  /// Modic_type, Modic_volume, Modic_depth, T2_change_volume, T2_change_depth.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// With T1 the Modic_ endpoints; without, T2_change_ ones, and a Modic_type that says why it has none.
std::vector<Measurement> measurements(const Modic::Result& result);

/// The slice with most of the changes, outlined: I red, II yellow, III blue, undetermined violet.
std::optional<Figure> modic_figure(const Modic::Result& result, const itk::ImageBase<3>& grid);

/// For a viewer: the same outlines in every slice.
std::vector<Polyline> modic_drawings(const Modic::Result& result, const itk::ImageBase<3>& grid);

}  // namespace ledd
