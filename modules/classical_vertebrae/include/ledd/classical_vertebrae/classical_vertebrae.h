#pragma once
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds vertebral bodies in a sagittal MR stack without a trained network, whatever the weighting.
///
/// Method   Boxes of the size of a body are fitted to slabs of the stack: the gradient across the two
///          endplates and the two walls, averaged along each with its sign and divided by the local mean
///          gradient, less the gradient inside. Bodies may be brighter or darker than what surrounds them,
///          but all of them the same. Dynamic programming takes the best row of boxes by their scores, by how
///          alike neighbours look (normalised cross correlation), by spacing and by direction. Each body is
///          outlined by a closed boundary search in polar coordinates around its box, first on a mean of its
///          middle slices, then slice by slice outwards with the shape that a body has there as prior. A row
///          whose bodies are brighter at one wall than at the other holds the dural sac or what lies before
///          the spine, and is refused like one that is short, faint or of parts that do not look alike.
/// Source   Boxes and edges: after Egger et al., PLoS ONE 7:e31064, 2012 (square template, one seed); the row
///          by dynamic programming: after Lootus et al., MICCAI workshop CSI, 2013.
/// Limits   Does not recognise the sacrum: S1 may be among the bodies. How far a body reaches to the sides is
///          mostly the prior. Measured accuracy: docs/classical-vertebrae.md.
class ClassicalVertebrae {
 public:
  struct Params {
    int min_bodies = 5;
    double min_score = 1.5;
    double min_likeness = 0.45;
    double max_unevenness = 0.6;
    double width_to_depth = 1.25;
    double endplate_rim_mm = 0.4;
    double wall_rim_mm = -2.5;
    static const ParamTable<Params>& table();
  };

  struct Body {
    Point centre_lps_mm{};
    double volume_cm3 = 0.0;
    double confidence = 0.0;  ///< 0..1: how clear its borders are, 1 at twice the score a row must have.
    bool cut = false;         ///< Reaches the border of the image: only a part of the body is in view.
  };

  /// All images are on the grid of the input, empty when nothing trustworthy was found.
  struct Result {
    Labels::Pointer instances;         ///< 1..N from top to bottom.
    Volume::Pointer body_probability;  ///< 0..1, 0.5 on the outline; made from the distance to it.
    std::vector<Body> bodies;          ///< Those of 1..N; empty when `reason` says why there are none.
    double score = 0.0;     ///< Mean over the row of border gradient, in local mean gradients; 0 for no row.
    double likeness = 0.0;  ///< Mean correlation of neighbours in the row, -1..1.
    double unevenness = 0.0;  ///< Back less front third of the bodies, in border contrasts; 0 for no bodies.
    std::string reason;       ///< Why nothing was found; empty when bodies were.
  };

  /// @throws Error{kParam}
  explicit ClassicalVertebrae(const Params& params);
  ClassicalVertebrae() : ClassicalVertebrae(Params{}) {}

  /// @param flat  The output of BiasField: sagittal slices (the image axis nearest left-right), in-plane
  ///              spacing 0.2 to 2 mm.
  /// @throws Error{kInput}  not such a stack.
  Result operator()(const Volume& flat, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
