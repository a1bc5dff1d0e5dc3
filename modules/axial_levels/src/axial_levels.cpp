#include "ledd/axial_levels/axial_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/spine_morphometry/spine_morphometry.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::axial {
namespace {

using namespace spine;  // NOLINT(google-build-using-namespace): vectors

constexpr double kWidthPerDepth = 1.4;  // of lumbar bodies at mid-height
constexpr double kNearlyWidest = 0.9;
constexpr double kDegPerRad = 57.29577951308232;

bool has_endplates(const SpineResult::Body& body, bool as_upper) {
  if (body.id == anatomy::kS1) return !as_upper && body.superior.measured;
  return body.quality != Quality::kFailed && (as_upper ? body.inferior.measured : body.superior.measured);
}

DiscPlane plane_between(const SpineResult::Body& upper, const SpineResult::Body& lower) {
  DiscPlane disc;
  disc.region = anatomy::short_name(upper.id) + "/" + anatomy::short_name(lower.id);
  disc.usual = upper.id >= anatomy::kL1 + 2 && upper.id <= anatomy::kL6;
  const auto middle = [](const Point& a, const Point& b) { return add(add({}, a, 0.5), b, 0.5); };
  const auto &above = upper.inferior, &below = lower.superior;
  disc.centre_lps_mm = middle(middle(above.anterior_lps_mm, above.posterior_lps_mm),
                              middle(below.anterior_lps_mm, below.posterior_lps_mm));
  disc.wall_lps_mm = middle(above.posterior_lps_mm, below.posterior_lps_mm);
  disc.normal = unit(add(above.normal, below.normal));
  const Point& left = upper.frame.left;
  disc.left = unit(add(left, disc.normal, -dot(left, disc.normal)));
  disc.posterior = cross(disc.normal, disc.left);  // left x posterior = superior
  disc.depth_mm = 0.5 * (norm(sub(above.anterior_lps_mm, above.posterior_lps_mm)) +
                         norm(sub(below.anterior_lps_mm, below.posterior_lps_mm)));
  disc.width_mm = upper.width_mm.value_or(kWidthPerDepth * disc.depth_mm);
  return disc;
}

Point column_of(const Volume& volume, unsigned axis) {
  const auto& m = volume.GetDirection();
  return {m(0, axis), m(1, axis), m(2, axis)};
}

Volume::PointType itk_point(const Point& p) {
  Volume::PointType q;
  for (unsigned a = 0; a < 3; ++a) q[a] = p[a];
  return q;
}

/// One slice of a volume as a matrix.
class Slice {
 public:
  Slice(const Volume& volume, unsigned axis, long slice)
      : volume_(volume), axis_(axis), u_((axis + 1) % 3), v_((axis + 2) % 3), slice_(slice) {
    const auto size = volume.GetLargestPossibleRegion().GetSize();
    nu_ = static_cast<long>(size[u_]);
    nv_ = static_cast<long>(size[v_]);
  }
  float at(const Point& p_lps_mm) const {
    const auto c = volume_.TransformPhysicalPointToContinuousIndex<double>(itk_point(p_lps_mm));
    const double u = c[u_], v = c[v_], iu = std::floor(u), iv = std::floor(v);
    if (!(u >= 0.0) || !(v >= 0.0) || u > static_cast<double>(nu_ - 1) || v > static_cast<double>(nv_ - 1))
      return std::numeric_limits<float>::quiet_NaN();
    const long a = static_cast<long>(iu), b = static_cast<long>(iv);
    const double s = u - iu, t = v - iv;
    return static_cast<float>((1 - s) * (1 - t) * pixel(a, b) + s * (1 - t) * pixel(a + 1, b) +
                              (1 - s) * t * pixel(a, b + 1) + s * t * pixel(a + 1, b + 1));
  }

 private:
  double pixel(long u, long v) const {
    Volume::IndexType index;
    index[axis_] = slice_;
    index[u_] = std::min(u, nu_ - 1);
    index[v_] = std::min(v, nv_ - 1);
    return static_cast<double>(volume_.GetPixel(index));
  }
  const Volume& volume_;
  unsigned axis_, u_, v_;
  long slice_, nu_ = 0, nv_ = 0;
};

}  // namespace

std::vector<DiscPlane> disc_planes(const SpineResult& spine) {
  std::vector<DiscPlane> planes;
  for (std::size_t i = 0; i + 1 < spine.bodies.size(); ++i) {
    const auto &upper = spine.bodies[i], &lower = spine.bodies[i + 1];
    if (are_neighbours(upper.id, lower.id) && has_endplates(upper, true) && has_endplates(lower, false))
      planes.push_back(plane_between(upper, lower));
  }
  return planes;
}

std::vector<std::string> missing_discs(const SpineResult& spine, const std::vector<DiscPlane>& planes) {
  const bool sixth = std::any_of(
      spine.bodies.begin(), spine.bodies.end(), [](const auto& b) { return b.id == anatomy::kL6; });
  std::vector<std::string> all{"L3/L4", "L4/L5", "L5/S1"};
  if (sixth) all = {"L3/L4", "L4/L5", "L5/L6", "L6/S1"};
  std::erase_if(all, [&](const std::string& region) {
    return std::any_of(planes.begin(), planes.end(), [&](const auto& d) { return d.region == region; });
  });
  return all;
}

std::string why_missing(const std::string& region) {
  return fmt::format(
      "the endplates at {} were not measured on the sagittal series: the disc's place is not known", region);
}

std::string why_not(const Cut& cut, double max_distance_mm) {
  if (cut.distance_mm > max_distance_mm)
    return fmt::format(
        "no axial slice cuts this disc: the nearest is {:.0f} mm from its centre, up to {:.0f} mm are taken",
        cut.distance_mm,
        max_distance_mm);
  if (cut.tilt_deg > kMostTiltDeg)
    return fmt::format("the slice is tilted by {:.0f} degrees against the disc: up to {:.0f} cut it across",
                       cut.tilt_deg,
                       kMostTiltDeg);
  return "";
}

std::optional<Cut> nearest_cut(const DiscPlane& disc, const std::vector<const Volume*>& volumes) {
  std::optional<Cut> best;
  for (std::size_t n = 0; n < volumes.size(); ++n) {
    if (volumes[n] == nullptr) continue;
    const Volume& volume = *volumes[n];
    Cut cut;
    cut.volume = n;
    double along = -1.0;
    const auto spacing = volume.GetSpacing();
    const double widest = std::max({spacing[0], spacing[1], spacing[2]});
    for (unsigned a = 0; a < 3; ++a) {
      if (spacing[a] < kNearlyWidest * widest) continue;
      const double cosine = std::fabs(dot(column_of(volume, a), disc.normal));
      if (cosine > along) along = cosine, cut.axis = a;
    }
    const auto at = volume.TransformPhysicalPointToContinuousIndex<double>(itk_point(disc.centre_lps_mm));
    const long last = static_cast<long>(volume.GetLargestPossibleRegion().GetSize(cut.axis)) - 1;
    cut.slice = std::clamp(std::lround(at[cut.axis]), 0L, last);
    cut.distance_mm =
        std::fabs(at[cut.axis] - static_cast<double>(cut.slice)) * volume.GetSpacing()[cut.axis];
    cut.tilt_deg = std::acos(std::min(1.0, along)) * kDegPerRad;
    if (!best || cut.distance_mm < best->distance_mm) best = cut;
  }
  return best;
}

Point Section::lps(double x, double y) const {
  return add(add(origin_lps_mm, left, x), posterior, y);
}

double Section::sample(double x, double y) const {
  const double fx = (x - x0_mm) / step_mm, fy = (y - y0_mm) / step_mm;
  if (!(fx >= 0.0) || !(fy >= 0.0) || fx > static_cast<double>(nx - 1) || fy > static_cast<double>(ny - 1))
    return std::numeric_limits<double>::quiet_NaN();
  const long i = std::min(static_cast<long>(fx), nx - 2), j = std::min(static_cast<long>(fy), ny - 2);
  const double s = fx - static_cast<double>(i), t = fy - static_cast<double>(j);
  const auto v = [&](long a, long b) { return static_cast<double>(values[offset(a, b)]); };
  return (1 - t) * ((1 - s) * v(i, j) + s * v(i + 1, j)) + t * ((1 - s) * v(i, j + 1) + s * v(i + 1, j + 1));
}

Section section_of(const Volume& volume, const Cut& cut, const DiscPlane& disc, const Extent& extent) {
  const auto size = volume.GetLargestPossibleRegion().GetSize();
  require(cut.axis < 3 && cut.slice >= 0 && cut.slice < static_cast<long>(size[cut.axis]),
          Errc::kInput,
          fmt::format("slice {} lies outside the volume", cut.slice));
  Section section;
  section.normal = column_of(volume, cut.axis);
  if (dot(section.normal, disc.normal) < 0) section.normal = add({}, section.normal, -1.0);
  section.left = unit(add(disc.left, section.normal, -dot(disc.left, section.normal)));
  section.posterior = cross(section.normal, section.left);
  Volume::IndexType index{};
  index[cut.axis] = cut.slice;
  Volume::PointType corner;
  volume.TransformIndexToPhysicalPoint(index, corner);
  const Point on_slice{corner[0], corner[1], corner[2]};
  const double along =
      dot(sub(on_slice, disc.wall_lps_mm), section.normal) / dot(disc.normal, section.normal);
  section.origin_lps_mm = add(disc.wall_lps_mm, disc.normal, along);

  const auto spacing = volume.GetSpacing();
  section.step_mm = std::clamp(std::min(spacing[(cut.axis + 1) % 3], spacing[(cut.axis + 2) % 3]), 0.4, 2.0);
  const auto steps = [&](double mm) { return std::lround(mm / section.step_mm); };
  section.x0_mm = -section.step_mm * static_cast<double>(steps(extent.side_mm));
  section.y0_mm = -section.step_mm * static_cast<double>(steps(extent.front_mm));
  section.nx = 2 * steps(extent.side_mm) + 1;
  section.ny = steps(extent.front_mm) + steps(extent.back_mm) + 1;
  section.values.resize(static_cast<std::size_t>(section.nx * section.ny));
  const Slice slice(volume, cut.axis, cut.slice);
  for (long j = 0; j < section.ny; ++j)
    for (long i = 0; i < section.nx; ++i)
      section.values[section.offset(i, j)] = slice.at(section.lps(section.x_mm(i), section.y_mm(j)));
  return section;
}

}  // namespace ledd::axial
