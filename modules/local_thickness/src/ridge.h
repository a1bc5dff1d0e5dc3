#pragma once
#include <vector>

#include "distance.h"

namespace ledd::thickness {

/// A largest inscribed sphere. Its centre is in millimetres along the image's axes from the first voxel.
struct Ball {
  Vec centre_mm{};
  float radius_mm = 0.0F;
  std::uint32_t voxel = 0;  ///< Where it was found.
  float lean = 0.0F;  ///< Length of the mean of the directions to where it touches: 0 between two plates.
};

/// The surface of a body, and which crossing is nearest to each voxel.
struct Surface {
  const Grid& grid;
  const Field& field;
  const std::vector<std::uint32_t>& nearest;
};

/// The spheres that no other one contains, with centres between the voxels. They end at the innermost points
/// of the surface.
std::vector<Ball> inscribed_balls(const Grid& grid,
                                  const Field& field,
                                  const float* distance_mm,
                                  const std::vector<std::uint32_t>& nearest);

/// The points of a surface nearest to a voxel and its neighbours, in mm from the voxel, its own first.
struct Touching {
  std::array<Vec, 27> points;
  std::array<std::uint32_t, 27> codes;
  std::size_t count = 0;

  /// @return  Whether the code is new.
  bool is_new(std::uint32_t code) {
    for (std::size_t i = 0; i < count; ++i)
      if (codes[i] == code) return false;
    codes[count] = code;
    return true;
  }
};

/// The largest sphere among these points, reached from the voxel by growing.
Ball grown(const Touching& touching, float farthest_mm);

/// Steps to the 26 neighbours, the nearest first.
struct Neighbour {
  std::array<int, 3> by{};
  std::ptrdiff_t step = 0;
  float rise_mm = 0.0F;  ///< How much more the distance may be there, if the voxel is of the ridge.
};
std::vector<Neighbour> neighbours_of(const Grid& grid);

/// Sets the centres and radii of those balls whose radius, as they were found, lies in [from, to) to those of
/// the spheres that touch the surface on the mean; 0 for what no sphere touches from two sides.
void settle(const Surface& surface,
            std::array<float, 2> range_mm,
            const std::vector<float>& found_mm,
            std::vector<Ball>& balls);

/// Removes balls that lie within another one, but for `slack_mm`. `index` is room for a number a voxel.
void prune(const Grid& grid, float slack_mm, std::vector<Ball>& balls, float* index);

/// Gives each ball the mean radius of those that were found within two voxels and are as large but for
/// `like_mm`: along a ridge the largest of several would be taken, and that is larger than their mean.
void even(const Grid& grid, float like_mm, std::vector<Ball>& balls, float* index);

/// Removes balls that come nearer to the border of the image than `margin_mm`, but for half a voxel.
void keep_complete(const Grid& grid, float margin_mm, std::vector<Ball>& balls);

}  // namespace ledd::thickness
