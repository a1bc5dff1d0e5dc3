#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/lumbar_phantom/params.h"
#include "ledd/lumbar_phantom/truth.h"

namespace ledd {

/// A lumbar MRI of a parametric spine, with the truth it was drawn from.
///
/// Method   Analytic solids (bodies T8 or C3 to S4, discs, dural sac, posterior elements, soft tissue) are
/// sampled
///          3 x 3 times in the pixel and at 5 planes through the slice; spin-echo or inversion-recovery
///          signal per tissue; fat shifted along the rows; surface-coil fall-off; Rician noise.
/// Source   Sizes, spacings and tilts: means measured on manual reference masks of healthy adults; relaxation
///          times: see src/tissue.cpp.
/// Limits   No pathology but fracture, slip and disc collapse; ribs, facets and bowel are schematic.
///
/// The frame: LPS millimetres, the centre of the body of L3 at the origin.
class LumbarPhantom {
 public:
  using Params = phantom::Params;
  struct Result {
    Volume::Pointer image;   ///< Axes P, I, R (turned by the obliquity); whole numbers from 0 to 65535.
    Labels::Pointer labels;  ///< Same grid; a voxel has the id of the structure its centre lies in.
    phantom::Truth truth;    ///< But for `slices` it does not depend on the stack or the contrast.
  };

  /// What a reader with perfect eyes would draw, without the scan.
  struct Drawn {
    Labels::Pointer labels;
    phantom::Truth truth;
  };

  /// @throws Error{kParam}  a value out of range, a slice thicker than the pitch, or solids that would
  /// overlap.
  explicit LumbarPhantom(const Params& params);
  LumbarPhantom() : LumbarPhantom(Params{}) {}

  /// The same bytes for any Context::threads().
  Result operator()(Context& context) const;

  /// The labels and the truth of operator() alone, in a fraction of the time.
  Drawn draw(Context& context) const;

 private:
  Params params_;
};

namespace phantom {

/// Writes one classical MR Image Storage file per slice into `folder` (made if need be). File names do not
/// follow the order of the slices. UIDs are derived from the parameters; series of one anatomy share study
/// and frame of reference.
/// @throws Error{kCreate, kIo}  the folder or a file cannot be written.
void write_dicom(const LumbarPhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder);

/// The truth as JSON, indented; keys are the field names of Truth.
std::string to_json(const Truth& truth);

}  // namespace phantom
}  // namespace ledd
