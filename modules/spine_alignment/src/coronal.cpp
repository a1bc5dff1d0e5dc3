#include "coronal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

namespace ledd::alignment {
namespace {

using Body = SpineResult::Body;

constexpr double kDepthPart = 0.7;  // SpineMorphometry fits endplate planes to so much of depth and width
constexpr double kWidthPart = 0.6;
constexpr double kAlikeMm = 3.0;  // along an endplate, departures from its plane are alike over so much
constexpr double kEdge = 0.29;    // SD of a uniform rounding error, in voxels

unsigned slice_axis_of(const itk::ImageBase<3>& image) {
  const auto& direction = image.GetDirection();
  unsigned best = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(direction(0, a)) > std::abs(direction(0, best))) best = a;
  return best;
}

/// Standard error of the slope of an endplate plane across the slices, in degrees: departures of the boundary
/// from the fit, and rounding to voxels, averaged over slices and places along the plate; and what readers
/// add.
double slope_se_deg(const Body& body, const SpineResult::Endplate& plate, const Extent& extent) {
  const double departure_mm = std::hypot(plate.residual_mm, kEdge * extent.pixel_mm);
  const double along_mm = kDepthPart * norm(sub(plate.posterior_lps_mm, plate.anterior_lps_mm));
  const double across_mm = kWidthPart * extent.width_mm(body.id);
  const double slices = std::max(1.0, across_mm / extent.pitch_mm);
  const double places =
      std::max(1.0, along_mm / kAlikeMm) * std::max(1.0, across_mm / std::max(extent.pitch_mm, kAlikeMm));
  // SD of the places themselves: of n equal steps it is smaller than that of a line by sqrt(1 - 1 / n^2).
  const double spread_mm =
      across_mm / std::sqrt(12.0) * std::sqrt(std::max(0.1, 1.0 - 1.0 / (slices * slices)));
  return std::hypot(kDegPerRad * departure_mm / std::sqrt(places) / spread_mm, SpineAlignment::kReadingDeg);
}

}  // namespace

int Extent::slices(std::uint16_t id) const {
  const auto found = bodies.find(id);
  return found == bodies.end() ? 0 : static_cast<int>(found->second.last - found->second.first + 1);
}

bool Extent::touches_end(std::uint16_t id) const {
  const auto found = bodies.find(id);
  return found != bodies.end() && (found->second.first == first || found->second.last == last);
}

Extent extent_of(const Labels& labels) {
  Extent extent;
  const unsigned axis = slice_axis_of(labels);
  const auto& region = labels.GetLargestPossibleRegion();
  const auto start = region.GetIndex();
  const auto size = region.GetSize();
  extent.first = start[axis];
  extent.last = start[axis] + static_cast<long>(size[axis]) - 1;
  extent.pitch_mm = labels.GetSpacing()[axis];
  for (unsigned a = 0; a < 3; ++a)
    if (a != axis) extent.pixel_mm = std::max(extent.pixel_mm, labels.GetSpacing()[a]);
  const auto* voxel = labels.GetBufferPointer();
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i, ++voxel) {
        if (*voxel == 0 || *voxel > anatomy::kDiscOffset) continue;
        const std::array<long, 3> at{start[0] + i, start[1] + j, start[2] + k};
        const long slice = at[axis];
        auto& body = extent.bodies.try_emplace(*voxel, Extent::Body{slice, slice}).first->second;
        body.first = std::min(body.first, slice);
        body.last = std::max(body.last, slice);
      }
  return extent;
}

SpineResult::Frame axes_of(const std::vector<Body>& bodies) {
  Point left{};
  const Body* top = nullptr;
  const Body* bottom = nullptr;
  for (const Body& body : bodies) {
    if (!body.superior.measured) continue;
    left = add(left, body.frame.left);
    if (body.id == anatomy::kS1) continue;  // its centre lies anywhere in the sacrum
    if (top == nullptr) top = &body;
    bottom = &body;
  }
  if (!(norm(left) > 0.5)) left = {1, 0, 0};
  Point up{0, 0, 1};
  if (top != bottom) up = unit(sub(top->frame.centre_lps_mm, bottom->frame.centre_lps_mm));
  SpineResult::Frame axes;
  if (bottom != nullptr) axes.centre_lps_mm = bottom->frame.centre_lps_mm;
  axes.superior = up;
  axes.left = unit(add(left, up, -dot(left, up)));
  axes.posterior = cross(axes.superior, axes.left);
  return axes;
}

std::vector<AlignmentResult::Coronal> coronal_of(const std::vector<Body>& bodies,
                                                 const SpineResult::Frame& axes,
                                                 const Extent& extent,
                                                 const SpineAlignment::Params& params) {
  std::vector<AlignmentResult::Coronal> all;
  const auto slope = [&](const Point& n) {
    return -kDegPerRad * std::atan2(dot(n, axes.left), dot(n, axes.superior));
  };
  for (const Body& body : bodies) {
    if (body.id == anatomy::kS1) continue;
    AlignmentResult::Coronal c;
    c.id = body.id;
    c.slices = extent.slices(body.id);
    c.centre_lps_mm = body.frame.centre_lps_mm;
    const double width_mm = extent.width_mm(body.id);
    if (body.quality == Quality::kFailed || !body.superior.measured || !body.inferior.measured)
      c.missing = body.reason.empty() ? "endplates were not measured" : body.reason;
    else if (c.slices < params.min_slices)
      c.missing = fmt::format("labelled in {} slices, {} are needed", c.slices, params.min_slices);
    else if (width_mm < params.min_width_mm)
      c.missing = fmt::format(
          "labelled over {:.0f} mm from side to side, {:.0f} mm are needed", width_mm, params.min_width_mm);
    c.doubtful = body.quality != Quality::kGood || extent.touches_end(body.id);
    if (c.missing.empty()) {
      c.superior_deg = slope(body.superior.normal);
      c.inferior_deg = slope(body.inferior.normal);
      c.superior_se_deg = slope_se_deg(body, body.superior, extent);
      c.inferior_se_deg = slope_se_deg(body, body.inferior, extent);
    }
    all.push_back(std::move(c));
  }
  return all;
}

double plane_se_deg(const std::vector<Body>& bodies, const SpineResult::Frame& axes) {
  double squares = 0.0;
  int n = 0;
  for (const Body& body : bodies) {
    if (!body.superior.measured) continue;
    const double turn = std::atan2(dot(body.frame.left, axes.posterior), dot(body.frame.left, axes.left));
    squares += turn * turn;
    ++n;
  }
  return n < 2 ? 0.0 : kDegPerRad * std::sqrt(squares / (n - 1) / n);
}

}  // namespace ledd::alignment
