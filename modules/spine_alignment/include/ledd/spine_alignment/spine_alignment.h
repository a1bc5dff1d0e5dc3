#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/estimate.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd {

/// What SpineAlignment found.
struct AlignmentResult {
  using Value = Estimate;

  /// Slope of one body's endplates in the coronal plane; + is left side up.
  struct Coronal {
    std::uint16_t id = 0;
    double superior_deg = 0.0, superior_se_deg = 0.0;
    double inferior_deg = 0.0, inferior_se_deg = 0.0;
    Point centre_lps_mm{};
    int slices = 0;         ///< That hold the body.
    std::string missing;    ///< Why it has no slope; empty when it has.
    bool doubtful = false;  ///< The body itself is uncertain, or reaches the end of the stack.
  };

  /// A lateral curve between two end vertebrae.
  struct Curve {
    std::uint16_t upper = 0, lower = 0, apex = 0;
    double cobb_deg = 0.0;  ///< >= 0.
    double se_deg = 0.0;
    int convexity = 0;                   ///< 1 left, -1 right.
    Quality quality = Quality::kFailed;  ///< kGood or kUncertain.
    std::string reason;
  };

  SpineResult::Frame axes;        ///< Of the whole spine: left, posterior, superior along the column.
  std::vector<Coronal> coronal;   ///< From head to foot; S1 is left out.
  Value cobb;                     ///< Of the largest curve; or why there is none.
  std::vector<Curve> curves;      ///< The largest first; then those above and below that reach the threshold.
  bool scoliosis = false;         ///< The largest curve reaches the threshold, and the centres bend with it.
  Value kyphosis;                 ///< T4-T12; + kyphotic.
  Value sacral_slope;             ///< Against the scanner's axial plane; + when the front is lower.
  std::string squareness_region;  ///< The last lumbar body that was looked at.
  Value squareness;               ///< Its height over its depth.
  Value lstv_hint;                ///< 0, 1 or 2.
  std::vector<std::string> notes;  ///< For the whole case.
};

/// Coronal curves, kyphosis, sacral slope and the shape of the last lumbar body.
///
/// Method   Coronal: normals of the endplate planes are projected on the plane through the column (first to
///          last body centre) and the mean left axis of the bodies. The angle between the superior endplate
///          of one body and the inferior endplate of another below it is taken for all pairs; the largest is
///          the main curve; above its upper and below its lower end vertebra the search goes on while curves
///          reach `curve_deg`. Sagittal: angles of endplate normals square to the mean left axis.
/// Source   Cobb, AAOS Instructional Course Lectures 5:261, 1948; threshold 10 degrees: Scoliosis Research
///          Society; sacral slope: Legaye et al., Eur Spine J 7:99, 1998.
/// Limits   Lying, so curves are smaller and lordosis differs from standing. A curve needs bodies that lie
///          wholly in the stack. The largest of many pairs is never 0: healthy persons read 2.6 to 12
///          degrees.
class SpineAlignment {
 public:
  struct Params {
    double curve_deg = 10.0;   ///< From here on a lateral curve is a scoliosis.
    int min_slices = 5;        ///< A body in fewer slices has no coronal slope.
    double min_width_mm = 25;  ///< Nor one whose label is less wide.
    static const ParamTable<Params>& table();
  };
  using Result = AlignmentResult;
  /// Standard error that readers' labels of real bodies add to the coronal slope of an endplate: docs.
  static constexpr double kReadingDeg = 1.1;

  /// @throws Error{kParam}  a value is out of range.
  explicit SpineAlignment(const Params& params);
  SpineAlignment() : SpineAlignment(Params{}) {}

  /// @param spine   What SpineMorphometry said of these labels.
  /// @param labels  The same labels; for the extent of each body across the slices.
  Result operator()(const SpineResult& spine, const Labels& labels, Context& context) const;

  /// Cobb_main, Cobb_upper, Cobb_lower, Cobb_convexity, TK_T4_T12, SS, body_squareness, LSTV_hint.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Statistics "value" and "se". Curves carry their end vertebrae as region ("T12-L4"); a curve that was
/// looked for and could not be measured is failed, with region "spine".
std::vector<Measurement> measurements(const SpineAlignment::Result& result);

/// For a sagittal picture: the endplates between which lordosis (SpineMorphometry) and kyphosis are read, and
/// that of the sacral slope.
std::vector<Polyline> report_lines(const SpineAlignment::Result& result, const SpineResult& spine);

/// The coronal slice of `grid` nearest to the bodies' centres, with the column of centres and the end plates
/// of every curve; nothing without a curve, or when slices are so far apart (6 mm) that a coronal picture
/// shows nothing.
std::optional<Figure> coronal_figure(const SpineAlignment::Result& result, const itk::ImageBase<3>& grid);

}  // namespace ledd
