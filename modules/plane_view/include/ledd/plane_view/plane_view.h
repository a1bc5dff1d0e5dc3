#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledd/image/image.h"

/// What a plane through a volume looks like: pixels as values, for any window that wants to show them.
namespace ledd::plane_view {

enum class View { kSagittal, kCoronal, kAxial };

/// A rectangle of square pixels in space. All planes cut through patient coordinates, not through the rows of
/// the scan: of an oblique stack a sagittal plane is sagittal.
struct Plane {
  Point centre_lps_mm{};
  Point right_lps{1, 0, 0}, down_lps{0, 1, 0};  ///< Unit length, perpendicular.
  double pixel_mm = 1.0;
  int width_px = 0, height_px = 0;
};

Point normal_lps(const Plane& plane);
Point at_pixel(const Plane& plane, double x_px, double y_px);
/// Pixel, and the height above the plane in mm along the normal.
std::array<double, 3> pixel_of(const Plane& plane, const Point& p_lps_mm);

/// How the planes of a scan lie.
enum class Axes {
  kPatient,  ///< Along the patient's axes.
  kScan,     ///< Along the scan's own: no voxel is cut, what is drawn lies in one slice.
};

/// A plane of one of the three directions through a point, in radiological convention: sagittal, anterior is
/// left and head up; coronal and axial, the patient's right is left, and head or anterior up. With
/// Axes::kScan each is the scan's plane nearest to it, so turned and mirrored that the same holds.
/// @throws Error{kInput}  two axes of the scan are nearest to one anatomical axis.
Plane plane_of(const itk::ImageBase<3>& scan, View view, Axes axes, const Point& through_lps_mm);

/// The letters at its four borders: "A", "P", ... or two such as "AF" where a border is nearly as much the
/// one as the other (30 degrees).
struct Letters {
  std::string left, right, top, bottom;
};
Letters letters_of(const Plane& plane);

/// Distance in mm from slice to slice of the scan along a plane's normal.
double step_mm(const itk::ImageBase<3>& scan, const Plane& plane);
/// The lowest and the highest corner of the scan along the plane's normal, mm from the plane's centre.
std::pair<double, double> extent_mm(const itk::ImageBase<3>& scan, const Plane& plane);

struct Window {
  double centre = 40.0, width = 400.0;  ///< In units of the scan.
};
/// The middle 98 % of the voxels that are not 0, for a scan of no known scale.
Window window_of(const Volume& scan);

using Rgb = std::array<std::uint8_t, 3>;

struct Overlay {
  enum class Style { kHidden, kFill, kOutline };
  Style style = Style::kOutline;
  double opacity = 0.4;                ///< Of the fill; 0 to 1.
  std::map<std::uint16_t, Rgb> rgb{};  ///< Structures to show; others are not.
};

/// A map in colour over the scan, where it is not 0 (no value).
struct Colours {
  double low = 0.0, high = 1.0;
  double opacity = 0.7;
  std::vector<Rgb> palette{};  ///< From low to high; two or more.
};

struct Layers {
  const Volume* scan = nullptr;    ///< Never null.
  const Labels* labels = nullptr;  ///< Its own grid; may be null.
  const Volume* map = nullptr;     ///< Likewise.
  Window window{};
  Overlay overlay{};
  Colours colours{};
};

/// Pixels row by row, 0xffRRGGBB. Scan linear between voxels, labels and map of the nearest voxel; black
/// beyond the scan. An outline is as wide as one pixel and lies inside its structure. Parallel; same layers,
/// same pixels.
/// @throws Error{kParam}  the plane has no pixels, or more than 8192 on a side; the window is empty.
std::vector<std::uint32_t> draw(const Plane& plane, const Layers& layers);

/// A rectangle of pixels.
struct Part {
  int left = 0, top = 0, width = 0, height = 0;
  bool operator==(const Part&) const = default;
};
/// The pixels whose labels may differ when those in a box of voxels do; empty where it lies beside the plane.
Part part_of(const Plane& plane, const itk::ImageBase<3>& grid, const itk::ImageRegion<3>& box);
/// What of it is of the plane.
Part clipped(const Part& part, const Plane& plane);
/// A part of the picture, drawn anew where all of it is kept: the same pixels as all of it would have there.
/// @param pixels  those of the whole plane, row by row; the others stay.
/// @throws        as above.
void draw(const Plane& plane, const Layers& layers, const Part& part, std::uint32_t* pixels);

}  // namespace ledd::plane_view
