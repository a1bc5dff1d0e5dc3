#include "geometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "dataset.h"

namespace ledd::dicom {
namespace {

constexpr double kSamePositionMm = 0.005;
constexpr double kCosineTolerance = 1e-3;
constexpr double kPixelSpacingTolerance = 1e-4;  // relative
constexpr double kSpacingTolerance = 0.01;       // relative
constexpr double kSpacingToleranceMm = 0.01;
constexpr double kSpacingToleranceMost = 0.1;  // relative; for spacings of less than 0.1 mm
constexpr double kShearTolerance = 1e-3;       // radians
constexpr double kShearToleranceMm = 0.01;

Point normal_of(const Frame& frame) {
  return cross(frame.row_lps, frame.column_lps);
}

std::string print(const Point& p) {
  return fmt::format("{}\\{}\\{}", p[0], p[1], p[2]);
}

std::string where(const Plane& plane) {
  const std::string file = plane.file->path.string();
  return plane.file->frames.size() > 1 ? fmt::format("{} frame {}", file, plane.frame + 1) : file;
}

std::vector<double> heights_mm(const std::vector<Plane>& planes) {
  const Point normal = normal_of(planes.front().geometry());
  std::vector<double> heights;
  heights.reserve(planes.size());
  for (const Plane& plane : planes) heights.push_back(dot(plane.geometry().position_lps_mm, normal));
  return heights;
}

/// The message for plane k, which is not where the planes before it say.
std::string misplaced(const std::vector<Plane>& planes, std::size_t k, const std::string& expected) {
  return fmt::format("{}: {} is '{}', {}; equal distances are needed",
                     where(planes[k]),
                     name_and_tag(DCM_ImagePositionPatient),
                     print(planes[k].geometry().position_lps_mm),
                     expected);
}

std::string uneven_spacing(const std::vector<Plane>& planes) {
  const std::vector<double> heights = heights_mm(planes);
  std::vector<double> gaps;
  for (std::size_t k = 1; k < heights.size(); ++k) gaps.push_back(heights[k] - heights[k - 1]);
  std::vector<double> sorted = gaps;
  std::sort(sorted.begin(), sorted.end());
  // The lower median: of two different distances, the larger one is the gap.
  const double median_mm = sorted[(sorted.size() - 1) / 2];
  for (std::size_t k = 0; k < gaps.size(); ++k)
    if (!(std::abs(gaps[k] - median_mm) <= tolerance_mm(median_mm)))
      return misplaced(
          planes,
          k + 1,
          fmt::format("{:.4f} mm from the slice before it ({}), while slices of this stack are {:.4f} mm "
                      "apart (within {:.4f} mm)",
                      gaps[k],
                      where(planes[k]),
                      median_mm,
                      tolerance_mm(median_mm)));
  const double mean_mm = mean_spacing(planes);
  for (std::size_t k = 1; k < heights.size(); ++k) {
    const double off_mm = heights[k] - heights[0] - static_cast<double>(k) * mean_mm;
    if (!(std::abs(off_mm) <= tolerance_mm(mean_mm)))
      return misplaced(planes,
                       k,
                       fmt::format("{:.4f} mm off a regular grid of {:.4f} mm (at most {:.4f} mm)",
                                   off_mm,
                                   mean_mm,
                                   tolerance_mm(mean_mm)));
  }
  return {};
}

std::string shear(const std::vector<Plane>& planes) {
  const Point normal = normal_of(planes.front().geometry());
  const Point& start = planes.front().geometry().position_lps_mm;
  for (const Plane& plane : planes) {
    const Point& p = plane.geometry().position_lps_mm;
    const Point step{p[0] - start[0], p[1] - start[1], p[2] - start[2]};
    const double up_mm = dot(step, normal);
    Point drift{};
    for (unsigned a = 0; a < 3; ++a) drift[a] = step[a] - up_mm * normal[a];
    const double drift_mm = std::sqrt(dot(drift, drift));
    const double allowed_mm = std::max(kShearToleranceMm, kShearTolerance * std::abs(up_mm));
    if (drift_mm <= allowed_mm) continue;
    return fmt::format(
        "{}: {} is '{}', {:.3f} mm sideways over {:.3f} mm along the normal (gantry tilt or shear of {:.2f} "
        "degrees); "
        "slices must lie straight above each other (within {:.3f} mm)",
        where(plane),
        name_and_tag(DCM_ImagePositionPatient),
        print(p),
        drift_mm,
        up_mm,
        std::atan2(drift_mm, std::abs(up_mm)) * 180.0 / std::numbers::pi,
        allowed_mm);
  }
  return {};
}

}  // namespace

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double tolerance_mm(double spacing_mm) {
  return std::min(std::max(kSpacingTolerance * spacing_mm, kSpacingToleranceMm),
                  kSpacingToleranceMost * spacing_mm);
}

void sort_along_normal(std::vector<Plane>& planes) {
  const Point normal = normal_of(planes.front().geometry());
  std::sort(planes.begin(), planes.end(), [&](const Plane& a, const Plane& b) {
    const double height_a = dot(a.geometry().position_lps_mm, normal);
    const double height_b = dot(b.geometry().position_lps_mm, normal);
    return std::tie(height_a, a.file->sop_instance_uid, a.file->path, a.frame) <
           std::tie(height_b, b.file->sop_instance_uid, b.file->path, b.frame);
  });
}

int first_repeat(const std::vector<Plane>& planes) {
  const std::vector<double> heights = heights_mm(planes);
  for (std::size_t k = 1; k < heights.size(); ++k)
    if (heights[k] - heights[k - 1] <= kSamePositionMm) return static_cast<int>(k) - 1;
  return -1;
}

bool same_grid(const Frame& a, const Frame& b) {
  for (unsigned i = 0; i < 3; ++i) {
    if (!(std::abs(a.row_lps[i] - b.row_lps[i]) <= kCosineTolerance)) return false;
    if (!(std::abs(a.column_lps[i] - b.column_lps[i]) <= kCosineTolerance)) return false;
  }
  for (unsigned i = 0; i < 2; ++i)
    if (!(std::abs(a.pixel_spacing_mm[i] - b.pixel_spacing_mm[i]) <=
          kPixelSpacingTolerance * a.pixel_spacing_mm[i]))
      return false;
  return true;
}

double mean_spacing(const std::vector<Plane>& planes) {
  if (planes.size() < 2) return 0.0;
  const std::vector<double> heights = heights_mm(planes);
  return (heights.back() - heights.front()) / static_cast<double>(planes.size() - 1);
}

std::string irregularity(const std::vector<Plane>& planes) {
  if (planes.size() < 2)
    return fmt::format("{}: is the only slice at its orientation and contrast; a volume needs at least two",
                       where(planes.front()));
  std::string fault = shear(planes);
  if (!fault.empty()) return fault;
  const int repeat = first_repeat(planes);
  if (repeat >= 0) {
    const auto k = static_cast<std::size_t>(repeat);
    return fmt::format("{}: {} is '{}', the same position as {}; every slice needs its own position",
                       where(planes[k + 1]),
                       name_and_tag(DCM_ImagePositionPatient),
                       print(planes[k + 1].geometry().position_lps_mm),
                       where(planes[k]));
  }
  return uneven_spacing(planes);
}

}  // namespace ledd::dicom
