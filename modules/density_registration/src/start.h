#pragma once
#include <vector>

#include "climb.h"

namespace ledd::registration {

/// Where a bone lies in each of its slices.
struct Course {
  struct Slice {
    double area_mm2 = 0, x_mm = 0, y_mm = 0;
  };
  std::vector<Slice> slices;
  double voxel_mm = 0;
  long first = 0, last = -1;      ///< Slices with bone.
  Point centre_mm{};              ///< Of all slices.
  double rim_mm = 0;              ///< Radius of a disc of the mean area.
  double lean_x = 0, lean_y = 0;  ///< mm across for each mm along.
};
/// @throws Error{kInput}  bone in fewer than 8 slices; `which` names the scan.
Course course_of(const Mask& periosteal, const char* which);

struct Candidate {
  GridMotion motion;
  double correlation = -1.0;
};

/// The best of all shifts along the bone and turns about it, each unlike the better ones; the best first.
std::vector<Candidate> starts(const Course& first,
                              const Course& second,
                              const std::vector<Sample>& samples,
                              const Scale& coarse,
                              double min_overlap);

}  // namespace ledd::registration
