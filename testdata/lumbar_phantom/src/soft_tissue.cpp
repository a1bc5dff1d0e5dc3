#include <algorithm>
#include <array>
#include <cmath>

#include "scene.h"

namespace ledd::phantom {
namespace {

constexpr double kLowZ = -420.0;
constexpr double kHighZ = 420.0, kHighZOfHead = 640.0;
constexpr double kHalfWidthMm = 170.0;
constexpr double kSkinMm = 1.8;

struct Knot {
  double z, value;
};
template <std::size_t N>
double along(const std::array<Knot, N>& knots, double z) {
  if (z <= knots[0].z) return knots[0].value;
  for (std::size_t i = 1; i < N; ++i) {
    if (z <= knots[i].z) {
      const double t = (z - knots[i - 1].z) / (knots[i].z - knots[i - 1].z);
      return (1 - t) * knots[i - 1].value + t * knots[i].value;
    }
  }
  return knots[N - 1].value;
}

// From the line of the posterior walls back to the fascia, and the fat behind it.
constexpr std::array<Knot, 7> kFascia{
    {{-200, 20}, {-125, 26}, {-85, 36}, {-40, 52}, {0, 56}, {80, 52}, {220, 46}}};
constexpr std::array<Knot, 6> kBackFat{{{-200, 26}, {-130, 24}, {-80, 26}, {-20, 14}, {60, 9}, {220, 8}}};
constexpr std::array<Knot, 6> kFront{
    {{-200, -92}, {-120, -118}, {-40, -122}, {40, -116}, {120, -112}, {220, -118}}};
constexpr std::array<Knot, 5> kFrontFat{{{-200, 30}, {-100, 24}, {0, 16}, {100, 12}, {220, 10}}};

std::size_t row_of(double z, std::size_t rows) {
  return static_cast<std::size_t>(std::clamp(z - kLowZ, 0.0, static_cast<double>(rows - 1)));
}

double box_distance(double a, double b, double c) {
  const double x = std::max(a, 0.0), y = std::max(b, 0.0), z = std::max(c, 0.0);
  return std::sqrt(x * x + y * y + z * z) + std::min(0.0, std::max({a, b, c}));
}

}  // namespace

Scene::Scene(const SpineParams& params, const MuscleParams& muscles)
    : params_(params),
      muscles_(muscles),
      spine_(build_spine(params)),
      map_(spine_),
      texture_(static_cast<std::uint64_t>(params.seed) * 7919U + 5U) {
  for (double down = 0; down < map_.length_mm(); down += 0.5) sac_.push_back(sac_at(down));
  shape_torso();
  if (muscles_.drawn) set_streaks();
}

void Scene::shape_torso() {
  const double high = params_.top == Top::kC3 ? kHighZOfHead : kHighZ;
  const auto n = static_cast<std::size_t>(high - kLowZ) + 1;
  half_width_.assign(n, kHalfWidthMm);
  std::vector<double> fascia(n), back(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double z = kLowZ + static_cast<double>(i);
    // Below the sacrum's knee the surface no longer follows the bone.
    fascia[i] = std::min(map_.line_y(z) + along(kFascia, z), map_.line_y(-125.0) + 40.0);
    back[i] = fascia[i] + along(kBackFat, z);
    const double navel = (z + 55.0) / 9.0;
    front_.push_back(along(kFront, z) + 9.0 * std::exp(-0.5 * navel * navel));
    front_fat_.push_back(along(kFrontFat, z));
  }
  const auto smooth = [n](const std::vector<double>& in) {
    constexpr long kReach = 25;
    std::vector<double> out(n);
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (long j = -kReach; j <= kReach; ++j) {
        sum +=
            in[static_cast<std::size_t>(std::clamp(static_cast<long>(i) + j, 0L, static_cast<long>(n) - 1))];
      }
      out[i] = sum / (2 * kReach + 1);
    }
    return out;
  };
  fascia_ = smooth(fascia);
  back_ = smooth(smooth(back));
  if (params_.top == Top::kC3) shape_neck();
}

/// Above the shoulders the trunk narrows to a neck, and that widens to a head.
void Scene::shape_neck() {
  const double shoulder_z = spine_.bodies[6].centre.z, neck_z = spine_.bodies[3].centre.z,
               head_z = spine_.bodies[0].centre.z + 10.0;
  for (std::size_t i = 0; i < half_width_.size(); ++i) {
    const double z = kLowZ + static_cast<double>(i);
    const double neck = smooth_step(shoulder_z, neck_z, z), head = smooth_step(head_z, head_z + 40.0, z);
    half_width_[i] += neck * (62.0 - half_width_[i]) + head * 12.0;
    const double line = map_.line_y(z);
    front_[i] += neck * (line - 72.0 - 35.0 * head - front_[i]);
    front_fat_[i] += neck * (6.0 - front_fat_[i]);
  }
}

double Scene::back_y(double z) const {
  return back_[row_of(z, back_.size())];
}

std::optional<Sample> Scene::torso_wall(const Vec& p) const {
  const std::size_t row = row_of(p.z, back_.size());
  const double across = p.x / half_width_[row];
  const double chord = 1.0 - across * across * across * across;
  if (chord <= 0.0) return Sample{};
  const double round = std::sqrt(chord);
  const double back = back_[row], front = front_[row];
  const double middle = 0.5 * (back + front);
  const double from_back = middle + (back - middle) * round - p.y;
  const double from_front = p.y - (middle + (front - middle) * round);
  const double depth = std::min(from_back, from_front);
  if (depth < 0.0) return Sample{};
  if (depth < kSkinMm) return Sample{Tissue::kSkin, Tissue::kSkin, 0.0F, 0};
  const double back_fat = back - std::min(fascia_[row], back - 6.0);
  const double front_fat = front_fat_[row];
  if (from_back < back_fat || from_front < front_fat) {
    const double septa = smooth_step(0.62, 0.74, texture_.at(p.x * 0.08, p.y * 0.35, p.z * 0.12 + 20.0));
    return Sample{Tissue::kFat, Tissue::kMuscle, static_cast<float>(0.12 * septa), 0};
  }
  if (from_back < back_fat + 1.0) return Sample{Tissue::kLigament, Tissue::kFat, 0.3F, 0};
  if (from_front < front_fat + 9.0 && from_back > 40.0) {  // the straight muscle of the belly
    return Sample{Tissue::kMuscle, Tissue::kFat, std::fabs(p.x) < 5.0 ? 0.5F : 0.04F, 0};
  }
  return std::nullopt;
}

std::optional<Sample> Scene::posterior_bone(const Spinal& q, const Vec& p) const {
  if (q.behind > 58.0 || q.behind < -4.0) return std::nullopt;
  const double x = std::fabs(q.x);
  double nearest = 1e9;
  for (std::size_t k = q.above > 0 ? q.above - 1 : 0; k <= std::min(q.above + 1, spine_.bodies.size() - 1);
       ++k) {
    const Body& body = spine_.bodies[k];
    const double h = body.hm_mm / 27.5;
    const double down = q.down - map_.body_down_mm(k);
    const SacSection s = sac(map_.body_down_mm(k) + 10.0);
    const double arch = s.front_mm + 2.0 * s.half_depth_mm + 4.5;  // depth of the lamina in the midline
    const bool thoracic = k < spine_.t8 + kFromT8ToL1, sacral = k >= spine_.t8 + kFromT8ToS1;
    const double reach = sacral ? 8.0 : thoracic ? 26.0 : 27.0;
    const double slope = thoracic ? 0.75 : 0.22;
    const double spinous =
        box_distance(x - 2.6 + 1.5,
                     std::fabs(q.behind - arch - 0.5 * reach) - 0.5 * reach + 2.5,
                     std::fabs(down - h * 10.0 - slope * (q.behind - arch)) -
                         h * (thoracic ? 4.5 : 8.5) * (1.0 + 0.010 * (q.behind - arch)) + 3.0) -
        2.5;
    const double lamina = box_distance(x - 15.0,
                                       std::fabs(q.behind - arch + 0.38 * x) - 1.8,
                                       std::fabs(down - h * 9.0 - 0.15 * x) - h * 7.5) -
                          1.2;
    const double width = pedicle_mm(spine_, k);
    const double pedicle = box_distance(std::fabs(x - width) - 2.0,
                                        std::fabs(q.behind - 5.0) - 10.0,
                                        std::fabs(down + h * 5.0) - h * 4.5) -
                           2.5;
    const double column = box_distance(std::fabs(x - width - 3.0) - 3.0,
                                       std::fabs(q.behind - arch + 4.0) - 3.5,
                                       std::fabs(down - h * 3.5) - h * 14.0) -
                          2.0;
    nearest = std::min({nearest, spinous, lamina, sacral ? 1e9 : pedicle, sacral ? 1e9 : column});
  }
  if (nearest > 0.0) return std::nullopt;
  if (nearest > -1.0) return Sample{Tissue::kCortex, Tissue::kLigament, 0.0F, 0};
  const double patchy = texture_.at(p.x * 0.2, p.y * 0.25, p.z * 0.25);
  return Sample{Tissue::kMarrow, Tissue::kFat, static_cast<float>(0.10 + 0.25 * patchy), 0};
}

Sample Scene::around_canal(const Spinal& q) const {
  // A nerve root crosses the fat of each foramen, below the pedicle.
  const double x = std::fabs(q.x);
  if (x > 9.0 && q.behind < 14.0) {
    const double down = q.down - map_.body_down_mm(q.above) - 7.0;
    if (down * down + (q.behind - 4.0) * (q.behind - 4.0) < 7.5)
      return {Tissue::kNerve, Tissue::kFat, 0.2F, 0};
  }
  const SacSection s = sac(q.down);
  // The yellow ligament lines the canal behind, between the laminae.
  const double behind_sac = q.behind - s.front_mm - 2.0 * s.half_depth_mm;
  if (behind_sac > 2.5 && behind_sac < 5.5 && x > 2.0 && x < 12.0)
    return {Tissue::kLigament, Tissue::kMuscle, 0.5F, 0};
  const double veins = texture_.at(q.x * 0.3, q.behind * 0.4, q.down * 0.2);
  return {Tissue::kFat, Tissue::kVein, static_cast<float>(0.25 * smooth_step(0.55, 0.8, veins)), 0};
}

Sample Scene::muscle(const Spinal& q) const {
  const double x = std::fabs(q.x);
  const double streak = texture_.at(q.x * 0.28 + 2.0, q.behind * 0.33, q.down * 0.07);
  if (x < 3.5) {  // between the spinous processes
    const double fat = 0.15 + 0.7 * smooth_step(0.35, 0.7, streak);
    return {Tissue::kLigament, Tissue::kFat, static_cast<float>(fat), 0};
  }
  const double low = smooth_step(level_mm(kFromT8ToL4), level_mm(kFromT8ToS1), q.down);
  const double edge = 0.72 - 0.20 * low - 0.10 * (1.0 - smooth_step(4.0, 14.0, x));
  const double fat = 0.05 + 0.85 * smooth_step(edge, edge + 0.18, streak);
  return {Tissue::kMuscle, Tissue::kFat, static_cast<float>(fat), 0};
}

std::optional<Sample> Scene::beside_spine(const Spinal& q) const {
  if (q.behind > 4.0 || q.behind < -90.0) return std::nullopt;
  const double lumbar =
      (q.down - level_mm(kFromT8ToT12)) / (level_mm(kFromT8ToL5) - level_mm(kFromT8ToT12));  // T12 0, L5 1
  if (!muscles_.drawn && lumbar > 0.0 && lumbar < 1.6) {
    const double size = std::min(1.0, lumbar);
    const double a = (std::fabs(q.x) - 27.0 - 14.0 * lumbar) / (3.0 + 18.0 * size);
    const double b = (q.behind + 12.0 + 12.0 * lumbar) / (6.0 + 17.0 * size);
    if (a * a + b * b < 1.0) {
      const double streak = texture_.at(q.x * 0.2, q.behind * 0.2, q.down * 0.05 + 30.0);
      return Sample{
          Tissue::kMuscle, Tissue::kFat, static_cast<float>(0.3 * smooth_step(0.7, 0.85, streak)), 0};
    }
  }
  const double fork = smooth_step(level_mm(kFromT8ToL4), level_mm(kFromT8ToS1), q.down);  // below L4
  const double front = -body_depth_mm(q) - 12.0;
  const auto vessel = [&](double x, double radius) {
    const double a = q.x - x, b = q.behind - front + 2.0;
    return a * a + b * b < radius * radius;
  };
  const double wander = 4.0 * (texture_.at(3.0, 5.0, q.down * 0.015) - 0.5);
  if (vessel(5.0 + wander + 12.0 * fork, 8.5 - 3.0 * fork) || vessel(-16.0 - 12.0 * fork, 9.5 - 3.0 * fork)) {
    return Sample{Tissue::kVessel, Tissue::kMuscle, 0.1F, 0};
  }
  if (fork > 0.0 && fork < 0.8 && vessel(5.0 - 22.0 * fork, 5.0))
    return Sample{Tissue::kVessel, Tissue::kMuscle, 0.1F, 0};
  // Crura of the diaphragm in front of T11 to L2.
  if (q.behind < front + 11.0 && q.behind > front + 7.5 && lumbar < 0.55 && std::fabs(q.x) < 16.0) {
    return Sample{Tissue::kMuscle, Tissue::kFat, 0.1F, 0};
  }
  return std::nullopt;
}

double Scene::body_depth_mm(const Spinal& q) const {
  const std::size_t next = std::min(q.above + 1, spine_.bodies.size() - 1);
  const double low = map_.body_down_mm(q.above);
  const double t =
      next == q.above ? 0.0 : std::clamp((q.down - low) / (map_.body_down_mm(next) - low), 0.0, 1.0);
  return (1.0 - t) * spine_.bodies[q.above].ap_mm + t * spine_.bodies[next].ap_mm;
}

/// Lungs at the sides, the windpipe and the heart between them.
std::optional<Sample> Scene::chest_or_neck(const Vec& p, const Spinal& q) const {
  if (spine_.t8 == 0 || q.down > level_mm(0) + 30.0) return std::nullopt;
  const double ahead = -q.behind - body_depth_mm(q), x = std::fabs(p.x);
  const bool neck = q.down < map_.body_down_mm(5);  // above T1
  const double trachea = std::hypot(p.x, ahead - (neck ? 14.0 : 24.0));
  const bool windpipe = q.down < map_.body_down_mm(9);  // it forks at T5
  if (windpipe && trachea < 8.0) return Sample{Tissue::kAir, Tissue::kAir, 0.0F, 0};
  if (windpipe && trachea < 10.0) return Sample{Tissue::kLigament, Tissue::kMuscle, 0.3F, 0};
  const double grain = texture_.at(p.x * 0.09 + 31.0, p.y * 0.15, p.z * 0.08);
  if (neck) return Sample{Tissue::kMuscle, Tissue::kFat, static_cast<float>(0.5 * grain), 0};
  if (x > 34.0) return Sample{Tissue::kAir, Tissue::kVessel, static_cast<float>(0.1 * grain), 0};
  if (ahead > 34.0 && q.down > map_.body_down_mm(9))  // the heart
    return Sample{Tissue::kMuscle, Tissue::kVessel, static_cast<float>(smooth_step(0.4, 0.5, grain)), 0};
  return Sample{Tissue::kFat, Tissue::kVessel, static_cast<float>(0.1 + 0.2 * grain), 0};
}

Sample Scene::abdomen(const Vec& p, const Spinal& q) const {
  if (const auto s = chest_or_neck(p, q)) return *s;
  const double bladder_y = (p.y + 38.0) / 34.0, bladder_z = (p.z + 182.0) / 30.0, bladder_x = p.x / 42.0;
  const double bladder = bladder_x * bladder_x + bladder_y * bladder_y + bladder_z * bladder_z;
  if (bladder < 0.86) return {Tissue::kFluid, Tissue::kMuscle, 0.15F, 0};
  if (bladder < 1.0) return {Tissue::kMuscle, Tissue::kMuscle, 0.0F, 0};
  const double broad = texture_.at(p.x * 0.02 + 4.0, p.y * 0.028, p.z * 0.024);
  const double fine = texture_.at(p.x * 0.05, p.y * 0.06 + 9.0, p.z * 0.055);
  const double grain = texture_.at(p.x * 0.09 + 31.0, p.y * 0.15, p.z * 0.08);
  const double ahead = -q.behind - body_depth_mm(q) - 22.0 - 24.0 * (fine - 0.5);  // of the great vessels
  // The liver and its left lobe above; further left, bowel reaches higher.
  const double organ = std::min(p.z - 72.0 - 0.35 * p.x - 50.0 * (broad - 0.5), ahead - 4.0);
  if (organ > 0.0) {
    const double vessels = smooth_step(0.68, 0.80, grain);
    return {Tissue::kOrgan, Tissue::kVessel, static_cast<float>(0.08 + 0.6 * vessels), 0};
  }
  const double loop = 0.35 * broad + 0.65 * fine;
  if (ahead > 0.0 && loop > 0.50) {
    const double gas = smooth_step(0.62, 0.70, fine) * smooth_step(0.45, 0.60, broad);
    if (gas > 0.02) return {Tissue::kBowel, Tissue::kAir, static_cast<float>(0.95 * gas), 0};
    const double content = smooth_step(0.53, 0.60, loop) * (0.4 + 0.6 * grain);
    return {Tissue::kMuscle, Tissue::kBowel, static_cast<float>(content), 0};
  }
  const double strands = smooth_step(0.55, 0.95, grain);
  return {Tissue::kFat, Tissue::kVessel, static_cast<float>(0.05 + 0.30 * strands + 0.12 * broad), 0};
}

}  // namespace ledd::phantom
