#pragma once
#include <optional>

#include "ledd/anatomy/knee.h"

#include "working_grid.h"

namespace ledd::hip {

/// A ball whose surface bone leaves outwards.
struct HeadSphere {
  Point centre_lps_mm{};
  double radius_mm = 0.0;
  double rms_mm = 0.0;      ///< Of the edges on it.
  double edge_share = 0.0;  ///< Directions with an edge on it.
  double quality = 0.0;     ///< Share of directions with an edge close by, less those with one inside.
  std::array<double, 2> gap_share{};  ///< Right, left: of what faces the cup, where the joint's gap shows.
  double seen_share = 1.0;            ///< Of its surface, within the scan.
  double cup_right = 0.0,
         cup_left = 0.0;               ///< Share of directions with bone close outside, were it that side.
  std::array<double, 2> side_score{};  ///< Right, left: how much it looks like a hip of that side.
  std::array<Point, 2> neck{};         ///< Where the neck leaves, were it that side.
};

/// The neck's usual direction, from the head's centre.
Point usual_neck(anatomy::Side side);

/// Fits a ball to where HU fall along rays about places near `start`; none where there is no such ball.
std::optional<HeadSphere> fit_head(const Sampler& hu, const Point& start_lps_mm);

}  // namespace ledd::hip
