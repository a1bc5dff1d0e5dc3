#pragma once
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "ledd/smoothing/smoothing.h"

#include "oblique.h"

/// Hips of simple shape in HU, with their true outline.
namespace ledd::testing {

struct DrawnHip {
  Point head_lps_mm{-88.0, 6.0, 20.0};
  bool right = true;
  double radius_mm = 24.0, gap_mm = 3.0;
  double cortex_mm = 3.0, neck_cortex_mm = 1.5, shell_mm = 1.0;  ///< Of the shaft, of the neck, of the head.
  double head_hu = 280.0, marrow_hu = 60.0, cortex_hu = 1200.0, soft_hu = 55.0;
  double shaft_mm = 140.0;  ///< Below the head's centre.
  bool implant = false;
};

struct HipScan {
  Point spacing_mm{0.9, 0.9, 1.25}, extent_mm{330.0, 150.0, 230.0}, centre_lps_mm{0.0, 10.0, -40.0};
  GridTurn turn{0.0, 0.0, false};
  double blur_mm = 0.6, noise_hu = 25.0;
};

namespace drawn {

inline double along(const Point& p, const Point& a, const Point& b, double& t) {
  Point d{}, q{};
  double dd = 0, dq = 0;
  for (unsigned k = 0; k < 3; ++k) {
    d[k] = b[k] - a[k];
    q[k] = p[k] - a[k];
    dd += d[k] * d[k];
    dq += d[k] * q[k];
  }
  t = std::clamp(dq / dd, 0.0, 1.0);
  double r = 0;
  for (unsigned k = 0; k < 3; ++k) r += std::pow(q[k] - t * d[k], 2);
  return std::sqrt(r);
}

/// A place in the hip's own axes: lateral, posterior and superior of the head's centre, mm.
inline Point local(const DrawnHip& hip, const Point& p) {
  return {(p[0] - hip.head_lps_mm[0]) * (hip.right ? -1.0 : 1.0),
          p[1] - hip.head_lps_mm[1],
          p[2] - hip.head_lps_mm[2]};
}

/// Signed distances, about, from the head, the neck with the trochanters, and the shaft; below 0 inside.
struct Parts {
  double head, neck, trochanter, lesser, shaft;
  double all() const { return std::min({head, neck, trochanter, lesser, shaft}); }
};

inline Parts parts(const DrawnHip& hip, const Point& q) {
  const double s = hip.radius_mm / 24.0;
  Parts d{};
  double t = 0;
  d.head = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]) - hip.radius_mm;
  const Point base{40.0 * s, 9.0 * s, -30.0 * s}, top{53.0 * s, 14.0 * s, -8.0 * s},
      low{48.0 * s, 10.0 * s, -60.0 * s};
  const double r_neck = along(q, {0, 0, 0}, base, t);
  d.neck = r_neck - s * (15.0 + 14.0 * std::pow(std::fabs(t - 0.55), 1.6));
  d.trochanter = std::min(along(q, top, low, t) - s * 14.0, along(q, base, low, t) - s * (17.0 - 3.0 * t));
  d.lesser = along(q, {36.0 * s, 18.0 * s, -58.0 * s}, low, t) - s * 9.0;
  d.shaft = along(q, {48.0 * s, 10.0 * s, -50.0 * s}, {46.0 * s, 6.0 * s, -400.0 * s}, t) - s * 14.0;
  return d;
}

inline bool in_femur(const DrawnHip& hip, const Point& p) {
  const Point q = local(hip, p);
  return q[2] > -hip.shaft_mm && parts(hip, q).all() < 0.0;
}

inline double femur_hu(const DrawnHip& hip, const Point& q, const Parts& d) {
  const double deep = -d.all();
  const double s = hip.radius_mm / 24.0;
  const double down = std::clamp((-q[2] / s - 40.0) / 50.0, 0.0, 1.0);
  const double lateral = std::clamp(q[0] / (30.0 * s), 0.0, 1.0);
  const double shell =
      (1 - down) * ((1 - lateral) * hip.shell_mm + lateral * hip.neck_cortex_mm) + down * hip.cortex_mm;
  if (deep < shell) return hip.cortex_hu;
  return d.head < -1.0 ? hip.head_hu : hip.marrow_hu;
}

/// Cup, roof, ischium and pubis about the head; a plate towards the other side. The neck's side is open.
inline double pelvis_hu(const DrawnHip& hip, const Point& q, bool& bone) {
  const double r = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]), inner = hip.radius_mm + hip.gap_mm;
  const double opening = (0.77 * q[0] - 0.25 * q[1] - 0.59 * q[2]) / std::max(r, 1e-9);
  const bool cup = r > inner && r < inner + 14.0 && opening < 0.2;
  const bool ilium =
      q[2] > 0.6 * inner && r > inner && std::fabs(q[1]) < 16.0 && std::fabs(q[0] + 8.0) < 22.0;
  const bool ramus = r > inner && std::hypot(q[1] + 10.0, q[2] - 2.0) < 9.0 && q[0] < 0.0 && q[0] > -78.0;
  const bool ischium = r > inner && std::hypot(q[0] + 22.0, q[1] - 22.0) < 13.0 && q[2] < 0.0 && q[2] > -70.0;
  bone = cup || ilium || ramus || ischium;
  if (!bone) return 0.0;
  const bool plate =
      r < inner + 2.0 || (cup && r > inner + 12.5) || std::fabs(std::fabs(q[0] + 8.0) - 22.0) < 1.6;
  return plate ? 0.8 * hip.cortex_hu : 0.5 * (hip.head_hu + hip.marrow_hu);
}

inline double hu(const DrawnHip& hip, const Point& p, bool& bone) {
  const Point q = local(hip, p);
  const Parts d = parts(hip, q);
  bone = true;
  double t = 0;
  if (hip.implant && along(q, {-5, 0, 5}, {48, 10, -90}, t) < 6.0) return 6000.0;
  if (d.all() < 0.0 && q[2] > -400.0) return femur_hu(hip, q, d);
  return pelvis_hu(hip, q, bone);
}

/// The mean of eight places in a voxel.
inline double voxel_hu(const HipScan& scan, const std::vector<DrawnHip>& hips, const Point& p) {
  double sum = 0;
  for (unsigned c = 0; c < 8; ++c) {
    Point q = p;
    for (unsigned a = 0; a < 3; ++a) q[a] += ((c >> a & 1U) != 0 ? 0.25 : -0.25) * scan.spacing_mm[a];
    double value = std::hypot(q[0] / 190.0, q[1] / 110.0) < 1.0 ? hips.front().soft_hu : -1000.0;
    for (const DrawnHip& hip : hips) {
      bool bone = false;
      const double h = hu(hip, q, bone);
      if (!bone) continue;
      value = h;
      break;
    }
    sum += value / 8.0;
  }
  return sum;
}

}  // namespace drawn

/// The truth: 1 in `hip`.
inline Mask::Pointer true_femur(const HipScan& scan, const DrawnHip& hip) {
  auto mask = oblique_grid<Mask>(scan.spacing_mm, scan.extent_mm, scan.centre_lps_mm, scan.turn);
  fill(*mask, [&](const Point& p) { return drawn::in_femur(hip, p) ? 1 : 0; });
  return mask;
}

/// The scan: each voxel the mean of eight places in it, blurred, with noise. A body of soft tissue with air
/// around.
inline Volume::Pointer drawn_scan(const HipScan& scan, const std::vector<DrawnHip>& hips) {
  auto sharp = oblique_grid<Volume>(scan.spacing_mm, scan.extent_mm, scan.centre_lps_mm, scan.turn);
  const auto size = sharp->GetLargestPossibleRegion().GetSize();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * size[0] * size[1]; n < (z + 1) * size[0] * size[1]; ++n) {
      Volume::PointType p;
      sharp->TransformIndexToPhysicalPoint(sharp->ComputeIndex(static_cast<long>(n)), p);
      sharp->GetBufferPointer()[n] = static_cast<float>(drawn::voxel_hu(scan, hips, {p[0], p[1], p[2]}));
    }
  });
  auto volume = gaussian(*sharp, scan.blur_mm);
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0.0F, static_cast<float>(scan.noise_hu));
  for (std::size_t n = 0; n < volume->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    volume->GetBufferPointer()[n] += noise(random);
  return volume;
}

inline DrawnHip left_of(DrawnHip hip) {
  hip.right = false;
  hip.head_lps_mm[0] = -hip.head_lps_mm[0];
  return hip;
}

inline double dice(const Mask& truth, const Labels& labels, std::uint16_t id) {
  std::size_t both = 0, all = 0;
  for (std::size_t n = 0; n < truth.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const bool a = truth.GetBufferPointer()[n] != 0, b = labels.GetBufferPointer()[n] == id;
    both += a && b ? 1U : 0U;
    all += (a ? 1U : 0U) + (b ? 1U : 0U);
  }
  return all == 0 ? 0.0 : 2.0 * static_cast<double>(both) / static_cast<double>(all);
}

}  // namespace ledd::testing
