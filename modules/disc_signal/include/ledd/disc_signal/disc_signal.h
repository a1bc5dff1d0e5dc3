#pragma once
#include <cstdint>
#include <map>
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

/// Signal of intervertebral discs on T2 relative to CSF at their own level, and a grade computed from it.
///
/// Method   DSI: peak-centred mean of the nucleus (central half of the depth, central 60 % of the height,
///          the middle three slices or those within 5 mm) over that of the bright part of the dural sac
///          within `csf_half_band_mm` of the disc. Grade: V when the disc has collapsed, else I to IV by DSI
///          with thresholds carried from the reference TE to the scan's TE by exp(-TE dR2); II becomes III
///          when nucleus and annulus differ too little.
/// Source   Signal relative to CSF, and that signal separates grades 1-4 and height 4|5: Salamat et al.,
///          Spine 2016; grades: Pfirrmann et al., Spine 26:1873, 2001.
/// Limits   The thresholds are not calibrated: the grade is a quantitative analogue, not Pfirrmann's, and
///          always uncertain. A coil's fall-off between nucleus and sac (20-30 mm) is not corrected.
class DiscSignal {
 public:
  struct Params {
    double np_depth_fraction = 0.50;   ///< Of the disc's depth, in its middle.
    double np_height_fraction = 0.60;  ///< Of its height.
    double half_slab_mm = 5.0;         ///< Slices nearer than this to the middle one count, at least three.
    double csf_half_band_mm = 10.0;
    double reference_te_ms = 100.0;  ///< Where the thresholds hold.
    double dsi_grade_1 = 0.60;       ///< DSI from here up is grade I.
    double dsi_grade_2 = 0.40;
    double dsi_grade_3 = 0.22;        ///< Below is grade IV.
    double dsi_te_0 = 1.3;            ///< DSI of any disc at TE = 0: proton density and T1 weighting.
    double min_contrast = 0.20;       ///< (NP - AF) / (NP + AF) below which the border counts as lost.
    double collapse_relative = 0.50;  ///< Of the mean DHI of the discs that have not collapsed.
    double collapse_dhi = 0.20;
    static const ParamTable<Params>& table();
  };

  /// What is known besides the image.
  struct Scan {
    MrSequence sequence;
    std::map<std::uint16_t, double> dhi;  ///< Disc id -> disc height index; where missing, computed here.
  };

  struct Disc {
    std::uint16_t id = 0;
    std::string region;              ///< "L4/L5".
    std::optional<double> dsi;       ///< Empty: `reason`.
    double dsi_se = 0.0;             ///< 0: only one slice, not known.
    std::optional<double> contrast;  ///< (NP - AF) / (NP + AF).
    double contrast_se = 0.0;
    std::optional<double> separability;  ///< Otsu's, of all voxels of the middle slices.
    Quality quality = Quality::kFailed;
    std::string reason;                              ///< Empty exactly when quality is kGood.
    std::optional<int> grade;                        ///< 1..5.
    std::string grade_reason;                        ///< Never empty.
    std::optional<double> dhi;                       ///< That the grade used.
    double nucleus = 0.0, annulus = 0.0, csf = 0.0;  ///< In the units of the image.
    std::size_t np_voxels = 0;
    int middle_slice = 0;
    std::vector<Polyline> roi;  ///< Nucleus ROI of the middle slice.
  };
  struct Result {
    std::vector<Disc> discs;  ///< From head to foot.
    double te_used_ms = 0.0;
    std::array<double, 3> thresholds_used{};  ///< I, II, III at that TE.
  };

  /// @throws Error{kParam}  out of range, or dsi_grade_1 > dsi_grade_2 > dsi_grade_3 does not hold.
  explicit DiscSignal(const Params& params);
  DiscSignal() : DiscSignal(Params{}) {}

  /// @param volume  As acquired, T2-weighted; any units.
  /// @param labels  Discs (100 + id of the vertebra above) and dural sac (61), same grid.
  /// @param spine   Bodies of the same labels, for heights and directions; may be empty.
  /// @return        One Disc per disc label that occurs. Without T2 or CSF each has failed with a reason.
  /// @throws Error{kInput}  the grids differ.
  Result operator()(const Volume& volume,
                    const Labels& labels,
                    const SpineResult& spine,
                    const Scan& scan,
                    Context& context) const;

  /// DSI, NP_AF_contrast, disc_separability, Pfirrmann_analogue.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Statistics "value" and, where known, "se"; region "L4/L5".
std::vector<Measurement> measurements(const DiscSignal::Result& result);

/// The slice through most discs' middles, with the nucleus ROIs and their DSI. Nothing without a ROI.
std::optional<Figure> disc_signal_figure(const DiscSignal::Result& result, const itk::ImageBase<3>& grid);

}  // namespace ledd
