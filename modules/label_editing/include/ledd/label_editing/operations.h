#pragma once
#include <cstdint>
#include <optional>

#include "ledd/label_editing/change.h"

namespace ledd::label_editing {

/// What a tool may write over.
enum class Over {
  kEverything,
  kBackground,  ///< Other structures stay as they are.
  kOne,         ///< Only what has the id Ink::over_id.
};

struct Ink {
  std::uint16_t id = 0;  ///< What is written; 0 erases.
  Over over = Over::kEverything;
  std::uint16_t over_id = 0;
};

/// The way of a brush from one point to the next.
struct Stroke {
  Point from_lps_mm{}, to_lps_mm{};
  double radius_mm = 2.0;
  /// Of the plane that is painted in: a disc that goes no further than the one layer of voxels. Unit length;
  /// nullopt: a ball.
  std::optional<Point> normal_lps{};
};

/// Voxels whose centre lies within the radius of the way, and the voxel below each end however thin the
/// brush. What lies outside the image is not painted.
/// @throws Error{kParam}  the radius is not positive, the normal not of unit length, a point not finite.
Change paint(const Labels& labels, const Stroke& stroke, const Ink& ink);

/// Slices across one axis of the image, by index.
struct SliceRange {
  std::size_t first = 0, last = 0;
};

/// Fills the slices between drawn ones.
///
/// Method   Shape-based interpolation: the signed distance to the outline in the two drawn slices, weighted
///          by how near each is; inside where the sum is negative. Without `range` every gap between slices
///          that hold `id` is filled; with it the slices strictly between its ends are made anew from these
///          two, what was drawn there of `id` is replaced. Other structures are not written over.
/// Source   Raya, Udupa, IEEE Trans Med Imaging 9:32, 1990.
/// Limits   Outlines that do not overlap have nothing in common: refused.
/// @param axis  0, 1, 2 of the image.
/// @throws Error{kInput}  no gap is there; an end of `range` is empty; two outlines do not overlap. Names the
///                        slices.
/// @throws Error{kParam}  the axis, or a range outside of the image or without a slice between.
Change fill_between(const Labels& labels, std::uint16_t id, unsigned axis, std::optional<SliceRange> range);

/// Smooths one structure's surface: its mask under a Gaussian, cut at one half. Gains only background, loses
/// only to background.
///
/// Limits   A ball of radius r loses sigma^2 / r of its radius: what is thinner than about 2 sigma goes.
/// @throws Error{kParam}  sigma_mm outside [0.1, 10].
/// @throws Error{kInput}  there is no such structure.
Change smooth(const Labels& labels, std::uint16_t id, double sigma_mm);

/// All voxels of one id get another.
/// @throws Error{kInput}  there is no such structure.
Change relabel(const Labels& labels, std::uint16_t from, std::uint16_t to);
/// The same for the part (connected through faces) that holds one voxel.
/// @throws Error{kInput}  the voxel is background, or outside of the image.
Change relabel_part(const Labels& labels, const Labels::IndexType& voxel, std::uint16_t to);

enum class Levels { kUp, kDown };

/// Renames all vertebrae and discs by one level: kUp makes L5 of S1 and L4 of L5, for a count that began one
/// too low. Seven cervical, twelve thoracic, five lumbar vertebrae are counted.
/// @throws Error{kInput}  there is no vertebra; one has no neighbour (C1 up, S1 down); or a T13 or L6 is
///                        there, which have no place in that count.
Change shift_levels(const Labels& labels, Levels direction);

/// Moves an end of one structure along a direction, by growing or cutting it there.
///
/// Method   What of `id` faces the direction is its end. Towards the outside the end's outline is repeated
/// for
///          `by_mm`; towards the inside what lies within `by_mm` of the end is taken off, voxel by voxel
///          along the direction.
/// @param toward_lps  unit length; from the structure's middle to the end that moves.
/// @param by_mm       positive: outwards; at most 10 either way.
/// @param over        what it may grow over: kBackground or kEverything.
/// @throws Error{kParam, kInput}  as above; nothing would be left.
Change move_end(const Labels& labels,
                std::uint16_t id,
                const Point& toward_lps,
                double by_mm,
                Over over = Over::kBackground);

/// A place of an outline that is pulled to another.
struct Pull {
  Point from_lps_mm{}, to_lps_mm{};
  double reach_mm = 10.0;  ///< As far around the place the outline follows.
};

/// Moves a landmark of one structure: the outline goes with it, less the further away.
///
/// Method   A warp of the mask by w(s) (to - from) with w(s) = (1 - s^2)^2, s the distance from `from` by the
///          reach and 0 beyond; undone by iteration for each voxel, nearest voxel. The reach is at least
///          twice the way, which keeps the warp without folds (the slope of w is at most 1.54).
/// Limits   A way of less than half a voxel changes nothing.
/// @param ink  The structure as Ink::id, and what it may grow over; what it loses becomes background.
/// @throws Error{kParam}  a point is not finite, the way is longer than 20 mm, the reach outside (0, 50].
/// @throws Error{kInput}  nothing of the structure lies within the reach.
Change move_landmark(const Labels& labels, const Pull& pull, const Ink& ink);

}  // namespace ledd::label_editing
