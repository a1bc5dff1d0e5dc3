#include "head_sphere.h"

#include <algorithm>

namespace ledd::hip {
namespace {

constexpr double kFirstMm = 9.0, kStepMm = 0.75;
constexpr std::size_t kSteps = 42, kHalf = 2;  // to 40 mm; edges over 3 mm
constexpr float kLow = -150.0F, kHigh = 700.0F, kRise = 60.0F;
constexpr double kFall = 20.0, kFirmFall = 60.0;  // HU: what counts as an edge, and what counts whole
constexpr double kLeastMm = 17.5, kMostMm = 33.0;
constexpr double kNearMm = 2.0;  // of the ball: an edge that belongs to it
constexpr double kLeastQuality = 0.2;
constexpr double kInsideCost = 0.7;  // of an edge inside the ball, as of the joint's gap
constexpr double kInnerMm = 4.5, kInnerShare = 0.8;
constexpr double kPatchCos = 0.9613;  // 16 degrees
constexpr double kSearchMm = 12.0, kLatticeMm = 4.0;
constexpr double kNeckCos = 0.72, kCupBone = 200.0;

using Profile = std::array<float, kSteps>;

double radius_at(std::size_t n) {
  return kFirstMm + kStepMm * static_cast<double>(n);
}

/// Directions, and the patches of a ball's surface that they fill. The texture of trabeculae is lost in the
/// mean over a patch; an edge along the ball is not.
struct Patches {
  std::vector<Point> rays, middles;
  std::vector<std::vector<std::size_t>> members;

  Patches(std::size_t ray_count, std::size_t patch_count)
      : rays(directions(ray_count)), middles(directions(patch_count)) {
    members.resize(patch_count);
    for (std::size_t m = 0; m < patch_count; ++m)
      for (std::size_t n = 0; n < ray_count; ++n)
        if (dot(middles[m], rays[n]) > kPatchCos) members[m].push_back(n);
  }

  /// Mean profiles of the patches; unseen from where one of its rays is.
  std::vector<Profile> profiles(const Sampler& hu, const Point& centre) const {
    std::vector<Profile> single(rays.size());
    for (std::size_t n = 0; n < rays.size(); ++n)
      for (std::size_t k = 0; k < kSteps; ++k) {
        const float value = hu(centre + radius_at(k) * rays[n]);
        single[n][k] = value > kUnseen ? std::clamp(value, kLow, kHigh) : kUnseen;
      }
    std::vector<Profile> all(middles.size());
    for (std::size_t m = 0; m < middles.size(); ++m)
      for (std::size_t k = 0; k < kSteps; ++k) {
        float sum = 0.0F;
        bool seen = true;
        for (const std::size_t n : members[m]) {
          seen = seen && single[n][k] > kUnseen;
          sum += single[n][k];
        }
        all[m][k] = seen ? sum / static_cast<float>(members[m].size()) : kUnseen;
      }
    return all;
  }
};

/// Fall of HU outwards at step n; 0 where the scan ends.
double fall(const Profile& p, std::size_t n) {
  if (n < kHalf || n + kHalf >= kSteps) return 0.0;
  const float in = p[n - kHalf], out = p[n + kHalf];
  return in > kUnseen && out > kUnseen ? static_cast<double>(in - out) : 0.0;
}

bool is_edge(const Profile& p, std::size_t n) {
  const double f = fall(p, n);
  return n > 0 && f > kFall && f >= fall(p, n - 1) && f >= fall(p, n + 1);
}

double strength(const Profile& p, std::size_t n) {
  return std::clamp(fall(p, n) / kFirmFall, 0.3, 1.0);
}

/// The innermost edge within a window: the cup's lies outside the head's. 0 for none.
std::size_t edge(const Profile& p, double radius_mm, double window_mm) {
  for (std::size_t n = kHalf; n + kHalf < kSteps; ++n)
    if (is_edge(p, n) && std::fabs(radius_at(n) - radius_mm) <= window_mm) return n;
  return 0;
}

double edge_mm(const Profile& p, std::size_t n) {
  const double a = fall(p, n - 1), b = fall(p, n), c = fall(p, n + 1), bend = a - 2.0 * b + c;
  return radius_at(n) + (bend < 0.0 ? kStepMm * std::clamp(0.5 * (a - c) / bend, -0.5, 0.5) : 0.0);
}

/// Whether HU rise again beyond an edge, as to the other bone of a joint.
bool rises_beyond(const Profile& p, std::size_t n) {
  float low = p[n];
  for (std::size_t k = n; k < kSteps && radius_at(k) < radius_at(n) + 7.5; ++k) {
    if (p[k] <= kUnseen) return false;
    low = std::min(low, p[k]);
    if (p[k] > low + kRise) return true;
  }
  return false;
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
  for (unsigned i = 0; i < 4; ++i) m[i][i] += 0.01 * static_cast<double>(toward.size());
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned k = 0; k < 4; ++k) {
      if (k == i) continue;
      const double f = m[k][i] / m[i][i];
      for (unsigned j = 0; j < 5; ++j) m[k][j] -= f * m[i][j];
    }
  return {m[0][4] / m[0][0], m[1][4] / m[1][1], m[2][4] / m[2][2], m[3][4] / m[3][3]};
}

/// How well a ball about a centre shows, and its radius: edges close to it, less those inside it. The cup
/// about a head is a ball, too, but has the joint's gap inside.
void judge(const std::vector<Profile>& patches, HeadSphere& head) {
  std::array<double, kSteps + 1> up_to{};
  for (std::size_t n = 0; n < kSteps; ++n) {
    double sum = 0.0;
    for (const Profile& p : patches) sum += is_edge(p, n) ? strength(p, n) : 0.0;
    up_to[n + 1] = up_to[n] + sum / static_cast<double>(patches.size());
  }
  head.quality = 0.0;
  for (std::size_t n = 3; n + 3 < kSteps; ++n) {
    if (radius_at(n) < kLeastMm || radius_at(n) > kMostMm) continue;
    const double near = up_to[n + 2] - up_to[n - 1], wide = up_to[n + 3] - up_to[n - 2];
    const double inside = up_to[n - 2] - up_to[n > 10 ? n - 10 : 0];
    const double quality = 0.5 * (near + wide) - kInsideCost * inside;
    if (quality <= head.quality) continue;
    head.quality = quality;
    head.radius_mm = radius_at(n);
  }
}

/// The least radius that shows nearly as well as the best: where the joint's gap is closed in part, the cup
/// and the head look like one thick ball.
void take_inner(const std::vector<Profile>& patches, HeadSphere& head) {
  std::array<double, kSteps> near{};
  for (std::size_t n = 2; n + 2 < kSteps; ++n)
    for (const Profile& p : patches)
      for (std::size_t k = n - 2; k <= n + 2; ++k)
        if (is_edge(p, k)) {
          near[n] += strength(p, k) / static_cast<double>(patches.size());
          break;
        }
  const auto at = static_cast<std::size_t>(std::lround((head.radius_mm - kFirstMm) / kStepMm));
  const auto reach = static_cast<std::size_t>(kInnerMm / kStepMm);
  for (std::size_t n = at > reach ? at - reach : 2; n < at; ++n)
    if (near[n] >= kInnerShare * near[at] && near[n] >= near[n + 1]) {
      head.radius_mm = radius_at(n);
      return;
    }
}

HeadSphere judged(const Sampler& hu, const Patches& patches, const Point& centre) {
  HeadSphere head;
  head.centre_lps_mm = centre;
  judge(patches.profiles(hu, centre), head);
  return head;
}

/// Climbs to the best place, by ever smaller steps.
void climb(const Sampler& hu, const Patches& patches, const std::vector<double>& steps_mm, HeadSphere& head) {
  head = judged(hu, patches, head.centre_lps_mm);
  for (const double step_mm : steps_mm)
    for (int moves = 0; moves < 8; ++moves) {
      const HeadSphere from = head;
      for (unsigned a = 0; a < 3; ++a)
        for (const double by_mm : {-step_mm, step_mm}) {
          Point centre = from.centre_lps_mm;
          centre[a] += by_mm;
          const auto other = judged(hu, patches, centre);
          if (other.quality > head.quality) head = other;
        }
      if (!(head.quality > from.quality)) break;
    }
}

/// Least squares to the edges nearest to the ball.
void settle(const Sampler& hu, const Patches& patches, HeadSphere& head) {
  for (int round = 0; round < 5; ++round) {
    const auto profiles = patches.profiles(hu, head.centre_lps_mm);
    std::vector<double> off_mm(profiles.size(), 0.0), weight(profiles.size(), 0.0);
    const double window_mm = round < 2 ? 1.25 * kNearMm : kNearMm;
    double squares = 0.0, edges = 0.0;
    for (std::size_t n = 0; n < profiles.size(); ++n) {
      const std::size_t e = edge(profiles[n], head.radius_mm, window_mm);
      if (e == 0) continue;
      off_mm[n] = edge_mm(profiles[n], e) - head.radius_mm;
      const double u = std::min(1.0, off_mm[n] / (window_mm + 0.5));
      weight[n] = (1.0 - u * u) * (1.0 - u * u) * strength(profiles[n], e);
      squares += off_mm[n] * off_mm[n];
      edges += 1.0;
    }
    head.edge_share = edges / static_cast<double>(profiles.size());
    head.rms_mm = edges > 0.0 ? std::sqrt(squares / edges) : 0.0;
    if (round == 4) break;
    const auto change = correction(patches.middles, off_mm, weight);
    head.centre_lps_mm = head.centre_lps_mm + Point{change[0], change[1], change[2]};
    head.radius_mm += change[3];
  }
}

void look_around(const std::vector<Profile>& rays, const std::vector<Point>& toward, HeadSphere& head) {
  std::array<double, 2> missing{}, missing_all{}, cup{}, cup_all{}, gap{};
  double seen = 0.0;
  for (unsigned s = 0; s < 2; ++s)
    head.neck[s] = usual_neck(s == 0 ? anatomy::Side::kRight : anatomy::Side::kLeft);
  const auto usual = head.neck;
  for (std::size_t n = 0; n < rays.size(); ++n) {
    const std::size_t e = edge(rays[n], head.radius_mm, kNearMm);
    const bool on = e != 0;
    float outside = kUnseen;
    for (std::size_t k = 0; k < kSteps; ++k)
      if (radius_at(k) > head.radius_mm + 2.0 && radius_at(k) < head.radius_mm + 12.0)
        outside = std::max(outside, rays[n][k]);
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
        gap[s] += on && rises_beyond(rays[n], e) ? 1.0 : 0.0;
      }
    }
  }
  for (unsigned s = 0; s < 2; ++s) {
    head.neck[s] = unit(head.neck[s]);
    head.side_score[s] = missing[s] / missing_all[s] + cup[s] / cup_all[s];
  }
  for (unsigned s = 0; s < 2; ++s) head.gap_share[s] = cup[s] > 0.0 ? gap[s] / cup[s] : 1.0;
  head.cup_right = cup[0] / cup_all[0];
  head.cup_left = cup[1] / cup_all[1];
  head.seen_share = seen / static_cast<double>(rays.size());
}

}  // namespace

Point usual_neck(anatomy::Side side) {
  return unit({side == anatomy::Side::kRight ? -0.79 : 0.79, 0.2, -0.58});
}

std::optional<HeadSphere> fit_head(const Sampler& hu, const Point& start_lps_mm) {
  static const Patches few(320, 60), many(960, 160);
  HeadSphere best;
  for (double x = -kSearchMm; x <= kSearchMm; x += kLatticeMm)
    for (double y = -kSearchMm; y <= kSearchMm; y += kLatticeMm)
      for (double z = -kSearchMm; z <= kSearchMm; z += kLatticeMm) {
        if (x * x + y * y + z * z > kSearchMm * kSearchMm) continue;
        const auto head = judged(hu, few, start_lps_mm + Point{x, y, z});
        if (head.quality > best.quality) best = head;
      }
  if (best.quality < kLeastQuality) return std::nullopt;
  climb(hu, few, {2.0, 1.0}, best);
  climb(hu, many, {1.0}, best);
  take_inner(many.profiles(hu, best.centre_lps_mm), best);
  settle(hu, many, best);
  if (!(best.radius_mm > kLeastMm - 1.0 && best.radius_mm < kMostMm + 1.0)) return std::nullopt;
  look_around(many.profiles(hu, best.centre_lps_mm), many.middles, best);
  return best;
}

}  // namespace ledd::hip
