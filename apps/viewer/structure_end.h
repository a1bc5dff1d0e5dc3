#pragma once
#include <cstdint>
#include <optional>

#include "ledd/image/image.h"

namespace ledd::viewer {

/// The structure at a point: the preferred one where a voxel of it is within reach, else the nearest within
/// reach.
std::optional<std::uint16_t> structure_near(const Labels& labels,
                                            const Point& p_lps_mm,
                                            std::uint16_t preferred,
                                            double reach_mm);

/// The direction, of unit length, from a structure's middle to the end of it that a point is nearest to.
///
/// Method   Of a vertebra or a disc along the mean normal of its two endplates: planes fitted, by least
///          squares, to the first and the last voxel of each column of 2 mm in the middle 70 % of its
///          outline, the columns turned into that direction until it rests. Of another structure along that
///          principal axis of its voxels on which the point lies farthest out in standard deviations.
/// @throws Error{kInput}  there is no such structure.
Point end_toward(const Labels& labels, std::uint16_t id, const Point& p_lps_mm);

/// The place of a structure's outline in a plane that is nearest to a point: between a voxel of it and a
/// neighbour that is none. Nothing within the reach: nullopt.
std::optional<Point> outline_near(
    const Labels& labels, std::uint16_t id, const Point& p_lps_mm, const Point& normal_lps, double reach_mm);

}  // namespace ledd::viewer
