#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds the vertebral bodies of a sagittal MR stack one by one, the body of S1, the discs, and where the
/// dural sac may be.
///
/// Method   A 2.5-D U-Net (tools/train/spine) sees five slices and gives five probabilities a pixel on 1 mm
/// slices:
///          body above the sacrum, last lumbar body, S1, disc, dural sac. A coarse pass over every
///          `coarse_step_mm` finds the region, a fine pass runs inside it on every slice. Bodies are
///          connected components of p > 0.5 on the 1 mm grid; one that is too tall for one body is split
///          where in-plane erosion parts it; the spine is the best chain of components by spacing and
///          direction, so that what lies off it is dropped. A disc is what looks like one between the centres
///          of two neighbours of the chain.
/// Limits   Trained on T10 to S1 of adults, T1, T2, TIRM and water images. Discs narrower than a pixel may
/// merge two
///          bodies that erosion cannot part. Measured accuracy: docs/accuracy.md.
class SpineSegmentation {
 public:
  struct Params {
    double coarse_step_mm = 10.0;
    double margin_mm = 24.0;
    double min_body_cm3 = 3.0;
    double max_single_body_mm = 48.0;
    static const ParamTable<Params>& table();
  };

  struct Body {
    Point centre_lps_mm{};
    double volume_cm3 = 0.0;
    double last_lumbar =
        0.0;           ///< Mean probability, over the body, of being the last one above the sacrum; 0..1.
    double s1 = 0.0;   ///< Mean probability, over the body, of being S1; 0..1.
    bool cut = false;  ///< Reaches the border of the image: only a part of the body is in view.
  };

  /// All images are on the grid of the input.
  struct Result {
    Labels::Pointer instances;         ///< 1..N from top to bottom, N + 1 for S1.
    Labels::Pointer discs;             ///< n for the disc below body n.
    std::vector<Body> bodies;          ///< Those of 1..N.
    std::optional<Body> s1;            ///< Empty when no sacrum is in view.
    double below_s1_cm3 = 0.0;         ///< Largest part that looks like a body but lies below S1, left out.
    Volume::Pointer body_probability;  ///< 0..1, presacral bodies and S1 together.
    Volume::Pointer disc_probability;  ///< 0..1.
    Volume::Pointer sac_probability;   ///< 0..1, as the network sees it: not one connected tube.
    std::vector<std::string> notes;    ///< What a reader should know: gaps in the chain, parts dropped.
  };

  /// @param onnx  The bytes of the network.
  /// @throws Error{kParam, kFormat}
  SpineSegmentation(const Params& params, std::string onnx);

  /// @param flat  The output of BiasField: sagittal slices (the image axis nearest left-right), in-plane
  /// spacing 0.2 to 2 mm.
  /// @throws Error{kInput}  not sagittal, or no vertebral body found.
  Result operator()(const Volume& flat, Context& context) const;

 private:
  Params params_;
  std::string onnx_;
};

}  // namespace ledd
