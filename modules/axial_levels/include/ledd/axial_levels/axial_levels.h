#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"

/// Where the discs of a measured spine are cut by axial slices of the same patient coordinates.
namespace ledd::axial {

/// The middle plane of a disc between two measured neighbours.
struct DiscPlane {
  std::string region;        ///< "L4/L5".
  bool usual = false;        ///< One of L3/L4 and below, where axial slices are usual.
  Point centre_lps_mm{};     ///< Between the middles of the facing endplates.
  Point wall_lps_mm{};       ///< Between their posterior ends.
  Point normal{0, 0, 1};     ///< Unit, toward the head: mean of both endplates'.
  Point left{1, 0, 0};       ///< Unit, square to `normal`; of the upper body.
  Point posterior{0, 1, 0};  ///< Unit, square to both.
  double depth_mm = 0.0;     ///< Of the facing endplates, mean.
  double width_mm = 0.0;     ///< Left to right of the upper body at mid-height; 1.4 depths when not measured.
};

/// From head to foot; a disc whose neighbours were not both measured is not among them.
std::vector<DiscPlane> disc_planes(const SpineResult& spine);

/// The usual discs that are not among them, "L4/L5", from head to foot.
std::vector<std::string> missing_discs(const SpineResult& spine, const std::vector<DiscPlane>& planes);
/// Why nothing is measured at one of those.
std::string why_missing(const std::string& region);

/// One slice of a volume, and how it lies to a disc.
struct Cut {
  std::size_t volume = 0;  ///< Which one.
  unsigned axis = 2;       ///< The volume's axis across its slices.
  long slice = 0;
  double distance_mm = 0.0;  ///< Of the disc's centre from the slice's middle plane.
  double tilt_deg = 0.0;     ///< Between slice and disc plane.
};

/// A slice that is tilted more than this does not cut a disc across, and nothing is measured on it.
inline constexpr double kMostTiltDeg = 45.0;

/// The slice nearest to the disc's centre, of all volumes; null pointers are passed over. Nothing when there
/// is none. Slices lie across the widest spacing; of a volume whose spacings are within a tenth, any axis may
/// be across.
std::optional<Cut> nearest_cut(const DiscPlane& disc, const std::vector<const Volume*>& volumes);

/// A slice on a square grid whose axes run to the patient's left and back as the vertebra sees them. Its zero
/// is where the line through `wall_lps_mm` along the disc's normal meets the slice.
struct Section {
  double step_mm = 0.5;
  long nx = 0, ny = 0;
  double x0_mm = 0.0, y0_mm = 0.0;  ///< Of sample 0, 0; x to the left, y to the back.
  std::vector<float> values;        ///< Linear between pixels; NaN outside the image. [y * nx + x]
  Point origin_lps_mm{}, left{}, posterior{}, normal{};

  double x_mm(long i) const { return x0_mm + step_mm * static_cast<double>(i); }
  double y_mm(long j) const { return y0_mm + step_mm * static_cast<double>(j); }
  std::size_t offset(long i, long j) const { return static_cast<std::size_t>(j * nx + i); }
  Point lps(double x, double y) const;
  /// Linear; NaN outside.
  double sample(double x, double y) const;
};

/// Why nothing can be measured on a cut; empty when it can.
std::string why_not(const Cut& cut, double max_distance_mm);

/// What a section shall hold, from its zero.
struct Extent {
  double side_mm = 100.0, front_mm = 75.0, back_mm = 115.0;
};

/// @throws Error{kInput}  the slice lies outside the volume.
Section section_of(const Volume& volume, const Cut& cut, const DiscPlane& disc, const Extent& extent);

}  // namespace ledd::axial
