#pragma once
#include <optional>
#include <vector>

#include "geometry.h"
#include "wall_curve.h"

namespace ledd::canal {

/// The sac as values in a stack of slices, 0.5 on its surface.
struct Sac {
  Stack stack;
  std::vector<float> values;
  bool soft = false;      ///< Placed between pixels by who drew it; else a smoothed hard label.
  double pixel_mm = 0.0;  ///< The larger spacing within the slice.
};

/// Label 61, or `soft` where it is given. Values are smoothed in the slice by 0.7 pixels when there is no
/// `soft`.
Sac sac_of(const Labels& labels, const Volume* soft);

/// A line through the sac in one slice, square to a curve.
struct Chord {
  long slice = 0;
  double left_mm = 0.0;                ///< Of the slice, from the station.
  double front_mm = 0.0, back_mm = 0;  ///< From the base, along `direction`.
  double cosine = 1.0;                 ///< Between `direction` and the station's posterior.
  Point base_lps_mm{}, direction{};
  bool cut = false;  ///< Ends at the border of the image.
  double length_mm() const { return (back_mm - front_mm) * cosine; }
  Point point(double at_mm) const { return add(base_lps_mm, direction, at_mm); }
};

/// The chords of all slices at a station; of several pieces on a line the longest that begins between the
/// limits.
std::vector<Chord> chords_at(const Sac& sac, const Curve::Station& station, double from_mm, double to_mm);

/// The sac's centreline, from head to foot; empty when less than 10 mm of sac lie behind the bodies.
Curve centreline(const Sac& sac, const Curve& wall);

}  // namespace ledd::canal
