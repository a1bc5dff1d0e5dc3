#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/spinal_canal/canal_morphometry.h"

#include "centreline.h"

namespace ledd::canal {

/// What one station says of the diameter.
struct Diameter {
  double ap_mm = 0.0;
  double spread_mm = 0.0;  ///< SD between the slices used; 0 with one.
  double lean_mm = 0.0;    ///< Change of ap_mm per mm error of the midline.
  int slices = 0;
  std::string problem;  ///< Why there is none.
  Point front_lps_mm{}, back_lps_mm{};
};

/// A place to be measured.
struct Place {
  Point at_lps_mm{}, normal{};
};

/// Diameters and sections of a sac along its centreline; refers to what it was made from.
class Measure {
 public:
  Measure(const Sac& sac, const Curve& line, const CanalMorphometry::Params& params);

  /// The station where the centreline crosses the plane; nothing when it does not.
  std::optional<std::size_t> station_at(const Place& place) const;

  void ap_at(std::size_t centre, CanalMorphometry::Level& level) const;

  std::size_t stations() const { return diameters_.size(); }

  /// Whether the sac ends so near, and is so much narrower than further in, that its end may be cut aslant
  /// here.
  bool cut_short(std::size_t i) const;

  long half_window() const { return std::lround(0.5 * params_.average_mm / kStepMm); }

  void csa_at(std::size_t centre, CanalMorphometry::Level& level) const;

 private:
  /// The chords near the midline, brought to it as on an ellipse of the section's area.
  Diameter diameter(const Curve::Station& station) const;

  static void bring_to_midline(
      const std::vector<Chord>& chords, double middle, double half_width, double slab_mm, Diameter& d);

  /// Sampling of the edges, spread between slices, place of the midline; taken as independent.
  double standard_error(std::size_t centre, double spread, double lean, int slices) const;

  /// A hard label's walls are steps of whole pixels, longer than the average where they run nearly along the
  /// pixels: the average of a parabola through the diameters within kStepsMm on both sides. Nothing near
  /// ends.
  std::optional<double> smoothed_ap(std::size_t centre) const;

  /// RMS of the diameters around a station about a straight line through them.
  double jitter_mm(std::size_t centre) const;

  void judge(double spread, CanalMorphometry::Level& level) const;

  /// Area of the section square to the centreline, on a fine grid; NaN when the sac leaves the image.
  double section_mm2(const Curve::Station& station) const;

  const Sac& sac_;
  const Curve& line_;
  const CanalMorphometry::Params& params_;
  std::vector<Diameter> diameters_;
};

}  // namespace ledd::canal
