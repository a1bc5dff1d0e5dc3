#pragma once
#include <string>
#include <vector>

#include "ledd/bias_field/bias_field.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/spine_morphometry/spine_morphometry.h"
#include "ledd/vertebra_levels/vertebra_levels.h"
#include "ledd/spine_segmentation/spine_segmentation.h"

namespace ledd {

/// Vertebral bodies of one sagittal MR stack, named from the sacrum and measured.
///
/// Method   bias: even out the coil's fall-off -> segmentation: bodies one by one -> levels: count up from S1
/// ->
///          morphometry: heights, depth, tilt, lordosis. Each step is described in its own module.
/// Limits   Levels assume five lumbar vertebrae; where S1 is not in view, or the count is in doubt, every
/// endpoint
///          that carries a level is marked uncertain with the reason.
class SpineMri {
 public:
  struct Params {
    BiasField::Params bias;
    SpineSegmentation::Params segmentation;
    VertebraLevels::Params levels;
    SpineMorphometry::Params morphometry;
    static const ParamTable<Params>& table();
  };

  struct Result {
    Outcome outcome;                    ///< Labels on the scan's grid; ids of ledd::anatomy.
    SpineMorphometry::Result geometry;  ///< What the endpoints were read from.
    bool levels_certain = false;
  };

  /// @param onnx  The bytes of the vertebra network; see tools/train/spine.
  /// @throws Error{kParam, kFormat}
  SpineMri(const Params& params, std::string onnx);

  /// @param scan  MR, sagittal slices (nearest to), at least 3, in-plane 0.2 to 2 mm, slices at most 10 mm
  /// apart.
  /// @throws Error{kInput}  not such a stack, or no row of vertebral bodies in it.
  Result operator()(const Volume& scan, Context& context) const;

  /// Measures bodies that somebody else segmented; levels are taken as given.
  /// @param labels  Ids of ledd::anatomy.
  /// @throws Error{kInput}  no vertebral body among the labels.
  Result measure(const Labels& labels, Context& context) const;

  /// Every endpoint that can occur in the outcome.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  BiasField bias_;
  SpineSegmentation segmentation_;
  VertebraLevels levels_;
  SpineMorphometry morphometry_;
};

}  // namespace ledd
