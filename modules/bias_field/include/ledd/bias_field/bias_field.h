#pragma once
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Evens out the fall-off of surface coils and brings an MR image to standard units.
///
/// Method   Foreground F: voxels above `foreground_fraction` of the 99th percentile. The field is the local
/// mean of
///          the foreground, b = G(F I) / G(F), with G a Gaussian of `sigma_mm` (cut at 4 sigma, zero outside
///          the image) on blocks of about `grid_mm`, linear between blocks. Result: I / b, minus its mean
///          over F, divided by its standard deviation over F, clipped to [-3, 5].
/// Source   Local-mean (homomorphic) correction; Axel et al., AJR 148:418, 1987.
/// Limits   Removes contrast wider than sigma_mm as well: for segmentation, not for measuring signal.
///          The networks were trained on its output: a change of a default needs new weights.
class BiasField {
 public:
  struct Params {
    double sigma_mm = 30.0;
    double grid_mm = 4.0;
    double foreground_fraction = 0.1;
    static const ParamTable<Params>& table();
  };

  /// @throws Error{kParam}
  explicit BiasField(const Params& params);
  BiasField() : BiasField(Params{}) {}

  /// @param image  Any MR volume, values >= 0; any spacing and direction.
  /// @return       A new volume on the same grid, in standard deviations of the foreground.
  /// @throws Error{kInput}  the image is constant, or not positive in its 99th percentile.
  Volume::Pointer operator()(const Volume& image, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
