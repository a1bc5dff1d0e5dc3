#include <algorithm>
#include <cmath>

#include "ledd/knee_followup/knee_followup.h"
#include "ledd/mesh/mesh_tree.h"
#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

struct Match {
  Point from, to;
  double distance_mm;
};

using Square = std::array<std::array<double, 4>, 4>;

/// The eigenvector of the largest eigenvalue of a symmetric matrix (Jacobi's rotations).
std::array<double, 4> largest_eigenvector(Square a) {
  Square v{};
  for (unsigned n = 0; n < 4; ++n) v[n][n] = 1.0;
  for (int sweep = 0; sweep < 50; ++sweep)
    for (unsigned p = 0; p < 4; ++p)
      for (unsigned q = p + 1; q < 4; ++q) {
        if (std::fabs(a[p][q]) < 1e-300) continue;
        const double theta = 0.5 * std::atan2(2.0 * a[p][q], a[q][q] - a[p][p]);
        const double c = std::cos(theta), s = std::sin(theta);
        for (unsigned k = 0; k < 4; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (unsigned k = 0; k < 4; ++k) {
          const double x = a[p][k], y = a[q][k], m = v[k][p], n = v[k][q];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
          v[k][p] = c * m - s * n;
          v[k][q] = s * m + c * n;
        }
      }
  unsigned best = 0;
  for (unsigned n = 1; n < 4; ++n)
    if (a[n][n] > a[best][best]) best = n;
  return {v[0][best], v[1][best], v[2][best], v[3][best]};
}

/// Horn, J Opt Soc Am A 4:629, 1987: the rigid motion of least squares, by a unit quaternion.
BoneMotion best_motion(const std::vector<Match>& matches) {
  Point from{}, to{};
  const double n = static_cast<double>(matches.size());
  for (const Match& m : matches) {
    from = vec::along(from, 1.0 / n, m.from);
    to = vec::along(to, 1.0 / n, m.to);
  }
  std::array<std::array<double, 3>, 3> s{};
  for (const Match& m : matches)
    for (unsigned a = 0; a < 3; ++a)
      for (unsigned b = 0; b < 3; ++b) s[a][b] += (m.from[a] - from[a]) * (m.to[b] - to[b]);
  const Square k{{{s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
                  {s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
                  {s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
                  {s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]}}};
  const auto [w, x, y, z] = largest_eigenvector(k);
  BoneMotion motion;
  motion.rotation = {{{w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)},
                      {2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)},
                      {2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z}}};
  motion.shift_mm = vec::sub(to, motion(from));
  return motion;
}

}  // namespace

Point BoneMotion::operator()(const Point& p) const {
  return {vec::dot(rotation[0], p) + shift_mm[0],
          vec::dot(rotation[1], p) + shift_mm[1],
          vec::dot(rotation[2], p) + shift_mm[2]};
}

BoneAlignment align_bones(const TriangleMesh& baseline,
                          const TriangleMesh& followup,
                          const BoneMotion& start,
                          double kept) {
  require(!baseline.triangles.empty() && !followup.points_lps_mm.empty(),
          Errc::kInput,
          "a bone without a surface cannot be registered");
  const MeshTree tree(baseline);
  constexpr std::size_t kPoints = 4000;
  const std::size_t every = std::max<std::size_t>(1, followup.points_lps_mm.size() / kPoints);
  BoneAlignment alignment{start, 0.0};
  double before = 1e9;
  constexpr int kRounds = 80;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Match> matches;
    for (std::size_t v = 0; v < followup.points_lps_mm.size(); v += every) {
      const Point moved = alignment.baseline_from_followup(followup.points_lps_mm[v]);
      const auto nearest = tree.nearest(moved);
      matches.push_back({followup.points_lps_mm[v], nearest->point_lps_mm, nearest->distance_mm});
    }
    const auto keep = static_cast<std::size_t>(kept * static_cast<double>(matches.size()));
    std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
      return a.distance_mm < b.distance_mm;
    });
    matches.resize(std::max<std::size_t>(3, keep));
    double squares = 0.0;
    for (const Match& m : matches) squares += m.distance_mm * m.distance_mm;
    alignment.residual_mm = std::sqrt(squares / static_cast<double>(matches.size()));
    if (before - alignment.residual_mm < 1e-5) break;
    before = alignment.residual_mm;
    alignment.baseline_from_followup = best_motion(matches);
  }
  return alignment;
}

}  // namespace ledd
