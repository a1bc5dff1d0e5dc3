#pragma once
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Brings an image of one or two knees into the sagittal working order, one volume for each knee.
///
/// Method   Axes are permuted and flipped to posterior, inferior, right (columns, rows, slices); voxels keep
///          their value and place, nothing is resampled. What was not acquired in sagittal slices is taken
///          when its voxels are fine enough in all three directions. Two knees show as two humps of the
///          image's foreground (brighter than a fifth of its 98th percentile) along the left-right axis with
///          a valley between; the volume is cut in the valley.
/// Limits   Legs that touch along the whole field of view leave no valley: refused when the view is too wide
///          for one knee.
class KneeOrientation {
 public:
  struct Params {
    double max_reformat_mm = 1.3;    ///< Largest voxel edge of a volume not acquired in sagittal slices.
    double max_pixel_mm = 1.0;       ///< Within a sagittal slice.
    double max_slice_mm = 5.0;       ///< From slice to slice of a sagittal stack.
    double oblique_flag_deg = 20.0;  ///< Tilt of the slices from sagittal that is reported.
    double oblique_max_deg = 35.0;   ///< Tilt that is refused.
    static const ParamTable<Params>& table();
  };

  /// Which planes were acquired: the axis of the largest spacing is the slice axis.
  enum class Plane { kSagittal, kCoronal, kAxial, kIsotropic };

  struct Knee {
    Volume::Pointer
        sagittal;             ///< Axes P, I, R (oblique by as much as the scan). A part of the source's grid.
    bool one_of_two = false;  ///< The scan shows both knees; this is the one towards `toward`.
    Toward toward = Toward::kRight;  ///< Only of one of two: the half of the scan it lies in.
    double centre_left_mm = 0.0;     ///< LPS x of the volume's centre.
  };

  struct Result {
    std::vector<Knee> knees;  ///< One, or two: the one on the patient's right first.
    Plane plane = Plane::kSagittal;
    double tilt_deg = 0.0;           ///< Between the left-right axis and the axis nearest to it.
    bool flagged = false;            ///< One of the notes makes the result uncertain.
    std::vector<std::string> notes;  ///< Reasons, for the reader.
  };

  /// Throws Error{kParam}.
  explicit KneeOrientation(const Params& params);
  KneeOrientation() : KneeOrientation(Params{}) {}

  /// @param volume  MR intensities, >= 0; any axes.
  /// @throws Error{kInput}  too few slices, voxels too coarse, slices too oblique, a view too wide for one
  /// knee
  ///                        in which two cannot be told apart, or an empty image.
  Result operator()(const Volume& volume, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
