#include "femur_frame.h"

#include <algorithm>

#include "ledd/smoothing/smoothing.h"

#include "head_sphere.h"

namespace ledd::hip {
namespace {

constexpr double kCubeMm = 1.5, kRayMm = 0.5;
constexpr double kNeckCos = 0.6, kNeckEnd = 1.9;  // of the head's radius
constexpr double kPlaneMm = 1.0, kReachMm = 34.0, kSliceMm = 2.0;
constexpr double kLeastDrop = 2.1;  // of the head's radius: the lesser trochanter's lower end lies deeper
constexpr double kLowestMm = 20.0;

struct Section {
  double mm2 = 0.0;
  Point centre{};
};

/// What a plane cuts from the mask within reach of a place, of the part that holds places near it.
Section section(const Sampler& field, const Point& at, const Point& normal, double reach_mm) {
  const Point u = unit(cross(normal, std::fabs(normal[1]) < 0.8 ? Point{0, 1, 0} : Point{1, 0, 0}));
  const Point v = cross(normal, u);
  Section s;
  for (double a = -reach_mm; a <= reach_mm; a += kPlaneMm)
    for (double b = -reach_mm; b <= reach_mm; b += kPlaneMm) {
      if (a * a + b * b > reach_mm * reach_mm) continue;
      const Point p = at + a * u + b * v;
      if (!(field(p) >= 0.5F)) continue;
      s.mm2 += kPlaneMm * kPlaneMm;
      s.centre = s.centre + p;
    }
  if (s.mm2 > 0.0) s.centre = (kPlaneMm * kPlaneMm / s.mm2) * s.centre;
  return s;
}

/// How far a ray runs within the mask.
double leaves_at_mm(const Sampler& field, const Point& from, const Point& toward, double most_mm) {
  float before = field(from);
  for (double r = kRayMm; r <= most_mm; r += kRayMm) {
    const float now = std::max(field(from + r * toward), 0.0F);
    if (now < 0.5F) return r - kRayMm * static_cast<double>((0.5F - now) / std::max(before - now, 1e-3F));
    before = now;
  }
  return most_mm;
}

/// Where a thick place lies most medially and highest.
Point first_guess(const Volume& field, anatomy::Side side) {
  const double medial = side == anatomy::Side::kRight ? 1.0 : -1.0;
  const Point up = unit({0.75 * medial, -0.15, 0.65});
  const float* const v = field.GetBufferPointer();
  double best = -1e30;
  const std::size_t count = field.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (v[n] >= 0.5F) best = std::max(best, dot(place_of(field, n), up));
  Point sum{};
  double all = 0.0;
  for (std::size_t n = 0; n < count; ++n) {
    if (v[n] < 0.5F) continue;
    const Point p = place_of(field, n);
    if (dot(p, up) < best - 20.0) continue;
    sum = sum + p;
    all += 1.0;
  }
  return (1.0 / all) * sum - 6.0 * up;
}

double mean_radius_step(const std::vector<Point>& toward,
                        const std::vector<double>& radius,
                        FemurRegions::Frame& frame) {
  // Gauss-Newton with Tukey's weights; the centre moves by 3 <u r>, as on a ball.
  double m[4][5] = {}, squares = 0.0, weights = 0.0;
  for (std::size_t n = 0; n < toward.size(); ++n) {
    const double off = radius[n] - frame.head_radius_mm, u = std::min(1.0, std::fabs(off) / 4.0);
    const double w = (1.0 - u * u) * (1.0 - u * u);
    const double row[5] = {toward[n][0], toward[n][1], toward[n][2], 1.0, off};
    for (unsigned i = 0; i < 4; ++i)
      for (unsigned j = 0; j < 5; ++j) m[i][j] += w * row[i] * row[j];
    squares += w * off * off;
    weights += w;
  }
  if (!(weights > 0.2 * static_cast<double>(toward.size()))) return -1.0;
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned k = 0; k < 4; ++k) {
      if (k == i) continue;
      const double f = m[k][i] / m[i][i];
      for (unsigned j = 0; j < 5; ++j) m[k][j] -= f * m[i][j];
    }
  for (unsigned a = 0; a < 3; ++a) frame.head_lps_mm[a] += m[a][4] / m[a][a];
  frame.head_radius_mm += m[3][4] / m[3][3];
  return std::sqrt(squares / weights);
}

}  // namespace

Volume::Pointer field_of(const Mask& femur) {
  auto hard = Volume::New();
  hard->CopyInformation(&femur);
  hard->SetRegions(femur.GetLargestPossibleRegion());
  hard->Allocate();
  const std::size_t count = femur.GetLargestPossibleRegion().GetNumberOfPixels();
  std::transform(
      femur.GetBufferPointer(), femur.GetBufferPointer() + count, hard->GetBufferPointer(), [](auto v) {
        return v != 0 ? 1.0F : 0.0F;
      });
  Box box{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
  for (std::size_t n = 0; n < count; ++n) {
    if (femur.GetBufferPointer()[n] == 0) continue;
    Mask::PointType p;
    femur.TransformIndexToPhysicalPoint(femur.ComputeIndex(static_cast<long>(n)), p);
    for (unsigned a = 0; a < 3; ++a) {
      box.low_lps_mm[a] = std::min(box.low_lps_mm[a], p[a] - 8.0);
      box.high_lps_mm[a] = std::max(box.high_lps_mm[a], p[a] + 8.0);
    }
  }
  auto field = resampled(*hard, box, kCubeMm);
  float* const v = field->GetBufferPointer();
  for (std::size_t n = 0; n < field->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    v[n] = std::max(v[n], 0.0F);
  return gaussian(*field, 0.8 * kCubeMm);
}

void find_head(const Volume& field, anatomy::Side side, FemurRegions::Frame& frame) {
  static const std::vector<Point> all = directions(500);
  const Sampler sample(field);
  const Point neck = usual_neck(side);
  frame.head_lps_mm = first_guess(field, side);
  frame.head_radius_mm = 23.0;
  for (int round = 0; round < 25; ++round) {
    std::vector<Point> toward;
    std::vector<double> radius;
    for (const Point& d : all) {
      if (dot(d, neck) > kNeckCos) continue;
      toward.push_back(d);
      radius.push_back(leaves_at_mm(sample, frame.head_lps_mm, d, 45.0));
    }
    if (round == 0) {
      auto sorted = radius;
      std::nth_element(
          sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
      frame.head_radius_mm = sorted[sorted.size() / 2];
    }
    frame.head_residual_mm = mean_radius_step(toward, radius, frame);
    if (frame.head_residual_mm < 0.0) break;
  }
  if (frame.head_residual_mm < 0.0) frame.head_radius_mm = 0.0;
}

void find_neck(const Sampler& field, anatomy::Side side, FemurRegions::Frame& frame) {
  frame.neck_axis = usual_neck(side);
  const double reach_mm = 1.15 * frame.head_radius_mm;
  for (int round = 0; round < 12; ++round) {
    Section least;
    for (double d = 0.75 * frame.head_radius_mm; d <= kNeckEnd * frame.head_radius_mm; d += 1.0) {
      const Section s = section(field, frame.head_lps_mm + d * frame.neck_axis, frame.neck_axis, reach_mm);
      if (s.mm2 > 0.0 && (least.mm2 == 0.0 || s.mm2 < least.mm2)) least = s;
    }
    if (least.mm2 == 0.0) return;
    frame.neck_mm2 = least.mm2;
    frame.neck_lps_mm = least.centre;
    const Point to = unit(least.centre - frame.head_lps_mm);
    if (round > 2 && dot(to, frame.neck_axis) > 0.99999) break;
    frame.neck_axis = unit(frame.neck_axis + to);
  }
}

void find_shaft(const Volume& field,
                const FemurRegions::Params& params,
                FemurRegions::Frame& frame,
                double& lowest_mm) {
  const Sampler sample(field);
  const Point& head = frame.head_lps_mm;
  const float* const v = field.GetBufferPointer();
  frame.shaft_axis = {0, 0, -1};
  std::vector<Section> slices;
  for (int round = 0; round < 3; ++round) {
    lowest_mm = 0.0;
    for (std::size_t n = 0; n < field.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
      if (v[n] >= 0.5F) lowest_mm = std::max(lowest_mm, dot(place_of(field, n) - head, frame.shaft_axis));
    slices.clear();
    const double first_mm = kLeastDrop * frame.head_radius_mm;
    const Point lateral =
        head + 1.8 * frame.head_radius_mm * Point{frame.neck_axis[0] > 0 ? 1.0 : -1.0, 0.2, 0.0};
    for (double d = lowest_mm - 3.0; d > first_mm; d -= kSliceMm)
      slices.push_back(section(sample, lateral + d * frame.shaft_axis, frame.shaft_axis, 1.6 * kReachMm));
    const auto needed = static_cast<std::size_t>(kLowestMm / kSliceMm);
    if (slices.size() < needed / 2 || slices.front().mm2 == 0.0) break;
    std::vector<double> low;
    for (std::size_t n = 0; n < std::min(slices.size(), needed / 2); ++n) low.push_back(slices[n].mm2);
    std::sort(low.begin(), low.end());
    const double most = low[low.size() / 2] * (1.0 + 0.01 * params.trochanter_percent);
    std::size_t end = 0;
    while (end < slices.size() && slices[end].mm2 <= most) ++end;
    frame.shaft_in_view = end < slices.size() && static_cast<double>(end) * kSliceMm >= params.least_shaft_mm;
    if (!frame.shaft_in_view) break;
    frame.trochanter_end_mm = lowest_mm - 3.0 - kSliceMm * (static_cast<double>(end) - 0.5);
    frame.shaft_lps_mm = slices[end / 2].centre;
    const Point along = slices.front().centre - slices[end - 1].centre;
    if (length(along) >= kLowestMm && unit(along)[2] < -0.8) frame.shaft_axis = unit(along);
  }
  if (!frame.shaft_in_view) {
    frame.shaft_axis = {0, 0, -1};
    frame.trochanter_end_mm = lowest_mm;
  }
}

}  // namespace ledd::hip
