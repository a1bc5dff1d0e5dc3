#pragma once
#include <array>
#include <string>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// A rotation about a centre, then a shift: p' = rotation (p - centre) + centre + shift.
struct RigidMotion {
  std::array<std::array<double, 3>, 3> rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  Point centre_lps_mm{};
  Point shift_mm{};

  Point operator()(const Point& p_lps_mm) const;
  double shift_length_mm() const;
  double turn_deg() const;  ///< Angle of the rotation, 0..180.
};

/// Brings a series of the same study onto the grid of another one, as T1 onto T2.
///
/// Method   The patient coordinates of the scanner first. Then mutual information is climbed from there, by
///          shift and rotation about the centre of the fixed image, for what the patient moved between the
///          series: on images smoothed in the slice plane by 2 mm, then by 0.7 mm; Mattes' Parzen windows, 48
///          bins, at points spread over the fixed image by a fixed sequence; steps of constant length in
///          mm (a rotation counts by what it moves at 60 mm), halved whenever they turn back. The motion
///          found is used when it raises the resemblance; else the coordinates stand.
/// Source   Mattes et al., IEEE Trans Med Imaging 22:120, 2003 (ITK's v4 metric).
/// Limits   Rigid: breathing, bowel and a bent spine are not undone; give a `region` around the spine. Across
///          thick slices it is less sure than along them.
class RigidAlignment {
 public:
  struct Params {
    double max_shift_mm = 3.0;      ///< A longer one is refused.
    double max_turn_deg = 3.0;      ///< A wider one is refused.
    double min_overlap = 0.3;       ///< Share of the fixed image (or region) that the moving one must cover.
    double min_resemblance = 0.02;  ///< Below it, the images are not of the same thing.
    int samples = 80000;            ///< Points at which the images are compared.
    static const ParamTable<Params>& table();
  };

  /// Whether patient coordinates of the two mean the same place: FrameOfReferenceUID.
  enum class Frames { kShared, kDifferent, kNotStated };

  struct Result {
    std::string refusal;            ///< Why there is no answer; empty when there is one.
    Volume::Pointer moved;          ///< On the fixed grid, linear; 0 outside. Null when refused.
    Mask::Pointer inside;           ///< 1 where `moved` was seen. Null when refused.
    RigidMotion moving_from_fixed;  ///< Identity where patient coordinates stand. Found, even when refused.
    bool refined = false;           ///< The motion raised the resemblance, and was applied.
    double overlap = 0.0;           ///< Share of the fixed image (or region) that lies in the moving one.
    /// Entropy correlation coefficient, 0 (nothing in common) to 1: by patient coordinates, and as returned.
    double resemblance_before = 0.0, resemblance = 0.0;
  };

  /// @throws Error{kParam}
  explicit RigidAlignment(const Params& params);
  RigidAlignment() : RigidAlignment(Params{}) {}

  /// The same for any Context::threads().
  /// @param fixed, moving  Any MR volumes; at least 8 voxels along two axes.
  /// @param region         Where in `fixed` to compare, on its grid; null for everywhere.
  /// @throws Error{kInput}  an image is too small or constant, `region` is empty or on another grid.
  Result operator()(
      const Volume& fixed, const Volume& moving, Frames frames, const Mask* region, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
