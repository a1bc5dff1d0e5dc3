#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/mesh/vectors.h"

#include "model.h"
#include "point_grid.h"

namespace ledd::shape {
namespace {

// The same as tools/train/knee/shape_fit.py.
constexpr int kRoundsRigid = 12, kRoundsSize = 10, kRoundsModes = 30;
constexpr double kTrim = 0.85;  // of the nearest places count while the bone is only moved
constexpr double kReachMm = 6.0, kSidewaysMm = 3.0, kAgree = 0.3;
constexpr double kNoiseMm = 0.7, kPointsEach = 8.0;  // so many neighbouring places tell the same
constexpr double kHuberMm = 1.5, kAlongSurface = 0.05;
constexpr std::size_t kMostVertices = 30000;

using Square = std::array<Point, 3>;

Point turned(const Square& turn, const Point& p) {
  return {vec::dot(turn[0], p), vec::dot(turn[1], p), vec::dot(turn[2], p)};
}

/// Rodrigues: the turn about `w` by its length.
Square turn_by(const Point& w, const Square& before) {
  const double angle = vec::norm(w);
  if (angle < 1e-12) return before;
  const Point axis = vec::scaled(w, 1.0 / angle);
  Square out{};
  for (unsigned c = 0; c < 3; ++c) {
    const Point v{before[0][c], before[1][c], before[2][c]};
    Point r = vec::scaled(v, std::cos(angle));
    r = vec::along(r, std::sin(angle), vec::cross(axis, v));
    r = vec::along(r, vec::dot(axis, v) * (1.0 - std::cos(angle)), axis);
    for (unsigned a = 0; a < 3; ++a) out[a][c] = r[a];
  }
  return out;
}

/// A part of the surface's vertices, in the axes of a right knee.
struct Target {
  std::vector<Point> points, normals;
  std::vector<double> area_mm2;
};

Target target_of(const TriangleMesh& bone, double mirror) {
  const auto normals = vertex_normals(bone);
  const auto areas = vertex_areas_mm2(bone);
  const std::size_t every = 1 + bone.points_lps_mm.size() / kMostVertices;
  Target target;
  for (std::size_t v = 0; v < bone.points_lps_mm.size(); v += every) {
    const Point& p = bone.points_lps_mm[v];
    target.points.push_back({mirror * p[0], p[1], p[2]});
    target.normals.push_back({mirror * normals[v][0], normals[v][1], normals[v][2]});
    target.area_mm2.push_back(areas[v]);
  }
  return target;
}

Point middle_of(const std::vector<Point>& points) {
  Point sum{};
  for (const Point& p : points) sum = vec::add(sum, p);
  return vec::scaled(sum, 1.0 / static_cast<double>(points.size()));
}

/// Shift that lays the middles on one another, of as much of the bone as the shape shows: the femur from
/// below, the tibia from above.
Point start_of(const BoneModel& model, const Target& target) {
  const auto by_height = [](const Point& a, const Point& b) { return a[2] < b[2]; };
  const auto [low, high] = std::minmax_element(model.mean_mm.begin(), model.mean_mm.end(), by_height);
  const double height_mm = (*high)[2] - (*low)[2];
  const auto [lowest, highest] = std::minmax_element(target.points.begin(), target.points.end(), by_height);
  const double bottom_mm = (*lowest)[2], top_mm = (*highest)[2];
  Point sum{};
  double area = 0.0;
  for (std::size_t v = 0; v < target.points.size(); ++v) {
    const double z = target.points[v][2];
    if (model.id == anatomy::kFemur ? z > bottom_mm + height_mm : z < top_mm - height_mm) continue;
    sum = vec::along(sum, target.area_mm2[v], target.points[v]);
    area += target.area_mm2[v];
  }
  return vec::sub(vec::scaled(sum, 1.0 / area), middle_of(model.mean_mm));
}

struct Pair {
  Point to{}, normal{};
  double along_mm = 0.0, distance_mm = 0.0;
  bool agrees = false, counts = false;
};

struct Pose {
  Square turn{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  Point shift{};
  double size = 1.0;
  std::vector<double> modes;
};

/// One bone being fitted.
class Fitter {
 public:
  Fitter(const BoneModel& model, const Target& target)
      : model_(model), target_(target), grid_(target.points, 3.0), pairs_(model.mean_mm.size()) {
    pose.modes.assign(model.modes_mm.size(), 0.0);
    pose.shift = start_of(model, target);
  }

  Pose pose;

  /// The places without the shift, as they lie now.
  std::vector<Point> places() const {
    std::vector<Point> out(model_.mean_mm);
    for (std::size_t k = 0; k < pose.modes.size(); ++k)
      for (std::size_t n = 0; n < out.size(); ++n)
        out[n] = vec::along(out[n], pose.modes[k], model_.modes_mm[k][n]);
    for (Point& p : out) p = vec::scaled(turned(pose.turn, p), pose.size);
    return out;
  }

  const std::vector<Pair>& find_pairs(const std::vector<Point>& places) {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, places.size(), 64), [&](const auto& range) {
      for (std::size_t n = range.begin(); n < range.end(); ++n) {
        const Point q = vec::add(places[n], pose.shift);
        const auto near = grid_.nearest(q);
        Pair& pair = pairs_[n];
        pair.normal = target_.normals[near->index];
        pair.to = vec::sub(target_.points[near->index], q);
        pair.distance_mm = near->distance_mm;
        pair.along_mm = vec::dot(pair.to, pair.normal);
        pair.agrees = vec::dot(turned(pose.turn, model_.normals[n]), pair.normal) > kAgree;
        pair.counts = pair.agrees && pair.distance_mm < kReachMm &&
                      vec::norm(vec::across(pair.to, pair.normal)) < kSidewaysMm;
      }
    });
    return pairs_;
  }

  void round(int number) {
    const auto at = places();
    find_pairs(at);
    const bool early = number < kRoundsRigid + kRoundsSize;
    if (early) trim();
    step(at, number < kRoundsRigid ? 6 : early ? 7 : 7 + pose.modes.size(), early ? 1.0 : kAlongSurface);
  }

 private:
  /// While the bone is only moved, all but the farthest of the pairs count, however far they are.
  void trim() {
    std::vector<double> distances;
    for (const Pair& p : pairs_)
      if (p.agrees) distances.push_back(p.distance_mm);
    if (distances.empty()) return;
    const auto at = distances.begin() + static_cast<long>(kTrim * static_cast<double>(distances.size() - 1));
    std::nth_element(distances.begin(), at, distances.end());
    for (Pair& p : pairs_) p.counts = p.agrees && p.distance_mm <= *at;
  }

  /// What a step of each unknown does to place n: three turns, three shifts, size, modes.
  void derivatives(std::size_t n, const Point& place, std::vector<Point>& out) const {
    for (unsigned a = 0; a < 3; ++a) {
      Point axis{};
      axis[a] = 1.0;
      out[a] = vec::cross(axis, place);
      out[3 + a] = axis;
    }
    if (out.size() > 6) out[6] = vec::scaled(place, 1.0 / pose.size);
    for (std::size_t k = 7; k < out.size(); ++k)
      out[k] = vec::scaled(turned(pose.turn, model_.modes_mm[k - 7][n]), pose.size);
  }

  void step(const std::vector<Point>& places, std::size_t unknowns, double sideways);
  void take(const std::vector<double>& by);

  const BoneModel& model_;
  const Target& target_;
  PointGrid grid_;
  std::vector<Pair> pairs_;
};

/// Solves a x = b in place for a symmetric positive definite matrix, of which the lower half is read.
void solve(std::vector<std::vector<double>>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = j; i < n; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
      if (i == j) {
        require(a[j][j] > 0.0, Errc::kNumeric, "the nearest points do not tell where the bone lies");
        a[j][j] = std::sqrt(a[j][j]);
      } else {
        a[i][j] /= a[j][j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
}

void Fitter::step(const std::vector<Point>& places, std::size_t unknowns, double sideways) {
  constexpr double kAlpha = 1.0 / (kNoiseMm * kNoiseMm * kPointsEach);
  std::vector<std::vector<double>> left(unknowns, std::vector<double>(unknowns, 0.0));
  std::vector<double> right(unknowns, 0.0), slope(unknowns);
  std::vector<Point> d(unknowns);
  for (std::size_t n = 0; n < places.size(); ++n) {
    const Pair& pair = pairs_[n];
    if (!pair.counts) continue;
    const double weight = kAlpha * std::min(1.0, kHuberMm / std::max(std::fabs(pair.along_mm), 1e-9));
    derivatives(n, places[n], d);
    for (std::size_t i = 0; i < unknowns; ++i) slope[i] = (1.0 - sideways) * vec::dot(d[i], pair.normal);
    for (std::size_t i = 0; i < unknowns; ++i) {
      const Point row = vec::along(vec::scaled(d[i], weight * sideways), weight * slope[i], pair.normal);
      for (std::size_t j = 0; j <= i; ++j) left[i][j] += vec::dot(row, d[j]);
      right[i] += vec::dot(row, pair.to);
    }
  }
  for (std::size_t k = 7; k < unknowns; ++k) {
    left[k][k] += 1.0;
    right[k] -= pose.modes[k - 7];
  }
  solve(left, right);
  take(right);
}

void Fitter::take(const std::vector<double>& by) {
  pose.turn = turn_by({by[0], by[1], by[2]}, pose.turn);
  pose.shift = vec::add(pose.shift, {by[3], by[4], by[5]});
  if (by.size() > 6) pose.size += by[6];
  for (std::size_t k = 7; k < by.size(); ++k) pose.modes[k - 7] += by[k];
}

void judge_rest(const std::vector<Pair>& pairs, ShapeFit& fit) {
  std::vector<double> rest;
  double squares = 0.0;
  for (const Pair& p : pairs)
    if (p.counts) {
      rest.push_back(std::fabs(p.along_mm));
      squares += p.along_mm * p.along_mm;
    }
  fit.reached = static_cast<double>(rest.size()) / static_cast<double>(pairs.size());
  if (rest.empty()) return;
  fit.rms_mm = std::sqrt(squares / static_cast<double>(rest.size()));
  const auto at = rest.begin() + static_cast<long>(0.95 * static_cast<double>(rest.size() - 1));
  std::nth_element(rest.begin(), at, rest.end());
  fit.p95_mm = *at;
}

}  // namespace

ShapeFit fit_bone(const BoneModel& model, const TriangleMesh& bone, anatomy::Side side) {
  const double mirror = side == anatomy::Side::kLeft ? -1.0 : 1.0;
  const Target target = target_of(bone, mirror);
  Fitter fitter(model, target);
  for (int n = 0; n < kRoundsRigid + kRoundsSize + kRoundsModes; ++n) fitter.round(n);
  ShapeFit fit;
  fit.bone_id = model.id;
  fit.size = fitter.pose.size;
  fit.modes = fitter.pose.modes;
  for (const double b : fit.modes) fit.distance += b * b / static_cast<double>(fit.modes.size());
  const auto places = fitter.places();
  judge_rest(fitter.find_pairs(places), fit);
  for (std::size_t n = 0; n < places.size(); ++n) {
    const Point p = vec::add(places[n], fitter.pose.shift);
    const Point m = vec::unit(turned(fitter.pose.turn, model.normals[n]));
    fit.points_lps_mm.push_back({mirror * p[0], p[1], p[2]});
    fit.normals.push_back({mirror * m[0], m[1], m[2]});
  }
  return fit;
}

}  // namespace ledd::shape
