#include "head_sphere.h"

#include <algorithm>

namespace ledd::hip {
namespace {

constexpr double kFirstMm = 12.0, kStepMm = 0.75;
constexpr std::size_t kSteps = 44, kHalf = 2;  // to 44 mm; edges over 3 mm
constexpr float kLow = -150.0F, kHigh = 700.0F;
constexpr double kFall = 25.0;    // HU: what counts as an edge
constexpr double kNearMm = 1.75;  // of the ball: an edge that belongs to it
constexpr double kNeckCos = 0.72, kCupBone = 200.0;

using Profile = std::array<float, kSteps>;

double radius_at(std::size_t n) {
  return kFirstMm + kStepMm * static_cast<double>(n);
}

Profile profile(const Sampler& hu, const Point& centre, const Point& toward) {
  Profile p{};
  for (std::size_t n = 0; n < kSteps; ++n) {
    const float value = hu(centre + radius_at(n) * toward);
    p[n] = value > kUnseen ? std::clamp(value, kLow, kHigh) : kUnseen;
  }
  return p;
}

/// Fall of HU outwards at step n; 0 where the scan ends.
double fall(const Profile& p, std::size_t n) {
  const float in = p[n - kHalf], out = p[n + kHalf];
  return in > kUnseen && out > kUnseen ? static_cast<double>(in - out) : 0.0;
}

/// The step of the steepest fall within a window; 0 for none.
std::size_t edge(const Profile& p, double radius_mm, double window_mm) {
  std::size_t best = 0;
  double steepest = kFall;
  for (std::size_t n = kHalf; n + kHalf < kSteps; ++n) {
    if (std::fabs(radius_at(n) - radius_mm) > window_mm) continue;
    const double f = fall(p, n);
    if (f > steepest) {
      steepest = f;
      best = n;
    }
  }
  return best;
}

double edge_mm(const Profile& p, std::size_t n) {
  if (n <= kHalf || n + kHalf + 1 >= kSteps) return radius_at(n);
  const double a = fall(p, n - 1), b = fall(p, n), c = fall(p, n + 1), bend = a - 2.0 * b + c;
  return radius_at(n) + (bend < 0.0 ? kStepMm * std::clamp(0.5 * (a - c) / bend, -0.5, 0.5) : 0.0);
}

/// Change of (centre, radius) that brings the ball to the edges, by weighted least squares.
std::array<double, 4> correction(const std::vector<Point>& toward,
                                 const std::vector<double>& off_mm,
                                 const std::vector<double>& weight) {
  double m[4][5] = {};
  for (std::size_t n = 0; n < toward.size(); ++n) {
    const double row[5] = {toward[n][0], toward[n][1], toward[n][2], 1.0, off_mm[n]};
    for (unsigned i = 0; i < 4; ++i)
      for (unsigned j = 0; j < 5; ++j) m[i][j] += weight[n] * row[i] * row[j];
  }
  for (unsigned i = 0; i < 4; ++i) m[i][i] += 1e-3 * static_cast<double>(toward.size());
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned k = 0; k < 4; ++k) {
      if (k == i) continue;
      const double f = m[k][i] / m[i][i];
      for (unsigned j = 0; j < 5; ++j) m[k][j] -= f * m[i][j];
    }
  return {m[0][4] / m[0][0], m[1][4] / m[1][1], m[2][4] / m[2][2], m[3][4] / m[3][3]};
}

double likely_radius(const std::vector<Profile>& rays) {
  double best = 0.0, radius = 0.0;
  for (std::size_t n = kHalf; n + kHalf < kSteps; ++n) {
    if (radius_at(n) < 16.0 || radius_at(n) > 34.0) continue;
    double sum = 0.0;
    for (const Profile& p : rays) sum += std::clamp(fall(p, n), -60.0, 150.0);
    if (sum > best) {
      best = sum;
      radius = radius_at(n);
    }
  }
  return radius;
}

void look_around(const std::vector<Profile>& rays, const std::vector<Point>& toward, HeadSphere& head) {
  std::array<double, 2> missing{}, missing_all{}, cup{}, cup_all{};
  double seen = 0.0;
  for (unsigned s = 0; s < 2; ++s) head.neck[s] = usual_neck(s == 0 ? anatomy::Side::kRight : anatomy::Side::kLeft);
  const auto usual = head.neck;
  for (std::size_t n = 0; n < rays.size(); ++n) {
    const std::size_t e = edge(rays[n], head.radius_mm, 2.0 * kNearMm);
    const bool on = e != 0 && std::fabs(edge_mm(rays[n], e) - head.radius_mm) <= kNearMm;
    float outside = kUnseen;
    for (std::size_t k = 0; k < kSteps; ++k)
      if (radius_at(k) > head.radius_mm + 2.0 && radius_at(k) < head.radius_mm + 12.0) outside = std::max(outside, rays[n][k]);
    const auto last = static_cast<std::size_t>((head.radius_mm + 1.0 - kFirstMm) / kStepMm);
    seen += rays[n][std::min(last, kSteps - 1)] > kUnseen ? 1.0 : 0.0;
    for (unsigned s = 0; s < 2; ++s) {
      const double along = dot(toward[n], usual[s]);
      if (along > kNeckCos) {
        missing_all[s] += 1.0;
        missing[s] += on ? 0.0 : 1.0;
        if (!on) head.neck[s] = head.neck[s] + (10.0 / static_cast<double>(rays.size())) * toward[n];
      }
      // The cup: above, and on the side of the pelvis.
      const double medial = s == 0 ? toward[n][0] : -toward[n][0];
      if (medial + toward[n][2] > 0.5) {
        cup_all[s] += 1.0;
        cup[s] += outside > kCupBone ? 1.0 : 0.0;
      }
    }
  }
  for (unsigned s = 0; s < 2; ++s) {
    head.neck[s] = unit(head.neck[s]);
    head.side_score[s] = missing[s] / missing_all[s] + cup[s] / cup_all[s];
  }
  head.cup_right = cup[0] / cup_all[0];
  head.cup_left = cup[1] / cup_all[1];
  head.seen_share = seen / static_cast<double>(rays.size());
}

}  // namespace

Point usual_neck(anatomy::Side side) {
  return unit({side == anatomy::Side::kRight ? -0.79 : 0.79, 0.2, -0.58});
}

std::optional<HeadSphere> fit_head(const Sampler& hu, const Point& start_lps_mm) {
  static const std::vector<Point> toward = directions(500);
  HeadSphere head;
  head.centre_lps_mm = start_lps_mm;
  std::vector<Profile> rays(toward.size());
  for (int round = 0; round < 10; ++round) {
    for (std::size_t n = 0; n < toward.size(); ++n) rays[n] = profile(hu, head.centre_lps_mm, toward[n]);
    if (round < 3) head.radius_mm = likely_radius(rays);
    if (!(head.radius_mm > 15.0 && head.radius_mm < 36.0)) return std::nullopt;
    const double window_mm = std::max(2.5, 6.0 - round);
    std::vector<double> off_mm(toward.size(), 0.0), weight(toward.size(), 0.0);
    double squares = 0.0, edges = 0.0;
    for (std::size_t n = 0; n < toward.size(); ++n) {
      const std::size_t e = edge(rays[n], head.radius_mm, window_mm);
      if (e == 0) continue;
      off_mm[n] = edge_mm(rays[n], e) - head.radius_mm;
      const double u = off_mm[n] / window_mm;
      weight[n] = (1.0 - u * u) * (1.0 - u * u);
      if (std::fabs(off_mm[n]) > kNearMm) continue;
      squares += off_mm[n] * off_mm[n];
      edges += 1.0;
    }
    head.edge_share = edges / static_cast<double>(toward.size());
    head.rms_mm = edges > 0.0 ? std::sqrt(squares / edges) : 0.0;
    if (edges < 100.0) return std::nullopt;
    if (round == 9) break;
    const auto change = correction(toward, off_mm, weight);
    head.centre_lps_mm = head.centre_lps_mm + Point{change[0], change[1], change[2]};
    head.radius_mm += change[3];
    if (length(head.centre_lps_mm - start_lps_mm) > 15.0) return std::nullopt;
  }
  look_around(rays, toward, head);
  return head;
}

}  // namespace ledd::hip
