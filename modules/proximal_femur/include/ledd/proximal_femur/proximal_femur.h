#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds and outlines the upper ends of both femora in CT, without a trained model.
///
/// Method   Heads: votes along the gradients of HU on a grid of 3 mm for balls of 17 to 33 mm radius; each
///          candidate is fitted to the steepest fall of HU along 500 rays (Tukey's weights), and is a head
///          when enough edges lie on it and bone (the cup) stands close outside above and medially. Side: the
///          patient's left is +x; by both heads, or by where neck and cup lie. Outline, on cubes of `grid_mm`
///          around the head: bone above muscle's HU plus `above_muscle_hu`; a shell outside the ball, but for
///          a cone about the neck, parts the femur from the pelvis; the part that holds the head, closed by
///          a ball and filled; then every place of the surface moves to the level half way between the
///          cortex and what lies outside, the moves smoothed.
/// Source   Votes for balls: Hough transform (Duda, Hart, Comm ACM 15:11, 1972, for its idea). The steps
///          and their limits are ours.
/// Limits   A hip of usual form lying supine or prone, flexed by at most about 30 degrees; dysplasia, bony
///          fusion, fractures that move the head, and children's growth plates are refused or wrong. The
///          lower end of the label is `below_head_mm` below the head, or the scan's.
class ProximalFemur {
 public:
  struct Params {
    double grid_mm = 1.25;
    double metal_hu = 2500.0;  ///< HU from which a voxel is metal.
    double metal_mm3 = 60.0;   ///< Least volume of it near a hip.
    double above_muscle_hu = 70.0;
    double close_mm = 5.0;
    double below_head_mm = 140.0;
    double least_edge_share = 0.4;  ///< Of the head's surface that must show an edge.
    double most_residual_mm = 1.2;
    static const ParamTable<Params>& table();
  };

  /// One hip.
  struct Femur {
    anatomy::Side side = anatomy::Side::kRight;
    bool found = false;
    std::string refusal;              ///< Why there is no femur; empty when there is one.
    std::vector<std::string> doubts;  ///< What a reader must know of one that was found.
    Point head_lps_mm{};              ///< Where a ball was fitted, also when refused; else 0.
    double head_radius_mm = 0.0;      ///< 0: no ball.
    double head_residual_mm = 0.0;
    double volume_mm3 = 0.0;
  };

  struct Result {
    Labels::Pointer labels;  ///< 211 right, 212 left; on the grid of the input.
    Femur right, left;
  };

  /// @throws Error{kParam}
  explicit ProximalFemur(const Params& params);
  ProximalFemur() : ProximalFemur(Params{}) {}

  /// @param hu  HU; any direction, spacing up to 4 mm. Not finite: not seen.
  /// @throws Error{kInput}  voxels larger than 4 mm.
  Result operator()(const Volume& hu, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
