#include "climb.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace ledd::registration {
namespace {

constexpr std::size_t kBlocks = 64;  ///< Sums are made of these in order, whatever the number of threads.
constexpr int kRounds = 60;
constexpr double kHuber = 1.5;  ///< In standard deviations of the differences.

using Six = std::array<double, 6>;

/// Runs body(block, first, last) over all samples.
template <class Body>
void in_blocks(std::size_t count, const Body& body) {
  tbb::parallel_for(std::size_t{0}, kBlocks, [&](std::size_t b) {
    body(b, b * count / kBlocks, (b + 1) * count / kBlocks);
  });
}

/// Difference second - first at each sample; empty where the second does not show it.
std::vector<std::optional<float>> differences(const std::vector<Sample>& samples,
                                              const Scale& second,
                                              const GridMotion& motion) {
  std::vector<std::optional<float>> all(samples.size());
  in_blocks(samples.size(), [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t n = first; n < last; ++n) {
      float value = 0.0F;
      if (second.at(motion(samples[n].at_mm), value)) all[n] = value - samples[n].density;
    }
  });
  return all;
}

/// 1.4826 times the median of |difference|.
double spread_of(const std::vector<std::optional<float>>& differences) {
  std::vector<float> sizes;
  sizes.reserve(differences.size());
  for (const auto& d : differences)
    if (d) sizes.push_back(std::fabs(*d));
  if (sizes.empty()) return 0.0;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return 1.4826 * static_cast<double>(*middle);
}

struct Normal {
  std::array<Six, 6> matrix{};
  Six side{};
};

/// The weighted normal equations of a small turn (first three) and shift of the first scan.
Normal normal_of(const std::vector<Sample>& samples,
                 const std::vector<std::optional<float>>& differences,
                 const Point& centre_mm,
                 double huge) {
  std::vector<Normal> parts(kBlocks);
  in_blocks(samples.size(), [&](std::size_t block, std::size_t first, std::size_t last) {
    Normal& part = parts[block];
    for (std::size_t n = first; n < last; ++n) {
      if (!differences[n]) continue;
      const double r = static_cast<double>(*differences[n]);
      const double weight = std::fabs(r) <= huge ? 1.0 : huge / std::fabs(r);
      const Sample& s = samples[n];
      const Point q{s.at_mm[0] - centre_mm[0], s.at_mm[1] - centre_mm[1], s.at_mm[2] - centre_mm[2]};
      const double gx = static_cast<double>(s.slope_per_mm[0]), gy = static_cast<double>(s.slope_per_mm[1]),
                   gz = static_cast<double>(s.slope_per_mm[2]);
      // d/d turn of g . (turn x q) is q x g
      const Six j{q[1] * gz - q[2] * gy, q[2] * gx - q[0] * gz, q[0] * gy - q[1] * gx, gx, gy, gz};
      for (unsigned a = 0; a < 6; ++a) {
        part.side[a] += weight * j[a] * r;
        for (unsigned b = 0; b <= a; ++b) part.matrix[a][b] += weight * j[a] * j[b];
      }
    }
  });
  Normal sum;
  for (const Normal& part : parts)
    for (unsigned a = 0; a < 6; ++a) {
      sum.side[a] += part.side[a];
      for (unsigned b = 0; b <= a; ++b) sum.matrix[a][b] += part.matrix[a][b];
    }
  return sum;
}

/// Cholesky; nothing when some direction is not held by any sample.
std::optional<Six> solved(const Normal& n) {
  std::array<Six, 6> l{};
  for (unsigned a = 0; a < 6; ++a)
    for (unsigned b = 0; b <= a; ++b) {
      double sum = n.matrix[a][b];
      for (unsigned k = 0; k < b; ++k) sum -= l[a][k] * l[b][k];
      if (a == b) {
        if (!(sum > 1e-9 * n.matrix[a][a])) return std::nullopt;
        l[a][a] = std::sqrt(sum);
      } else {
        l[a][b] = sum / l[b][b];
      }
    }
  Six x{};
  for (unsigned a = 0; a < 6; ++a) {
    x[a] = n.side[a];
    for (unsigned k = 0; k < a; ++k) x[a] -= l[a][k] * x[k];
    x[a] /= l[a][a];
  }
  for (unsigned a = 6; a-- > 0;) {
    for (unsigned k = a + 1; k < 6; ++k) x[a] -= l[k][a] * x[k];
    x[a] /= l[a][a];
  }
  return x;
}

/// `motion` after the inverse of a small move about its own centre.
GridMotion stepped(const GridMotion& motion, const Six& x) {
  const auto back = rotation_by({-x[0], -x[1], -x[2]});
  GridMotion next = motion;
  // the inverse of p -> R (p - c) + c + t is p -> R' (p - c) + c - R' t
  Point moved{};
  for (unsigned a = 0; a < 3; ++a)
    moved[a] = motion.centre_mm[a] - (back[a][0] * x[3] + back[a][1] * x[4] + back[a][2] * x[5]);
  const Point centre = motion(moved);
  for (unsigned a = 0; a < 3; ++a) {
    next.shift_mm[a] = centre[a] - motion.centre_mm[a];
    for (unsigned b = 0; b < 3; ++b) {
      next.rotation[a][b] = 0.0;
      for (unsigned k = 0; k < 3; ++k) next.rotation[a][b] += motion.rotation[a][k] * back[k][b];
    }
  }
  return next;
}

}  // namespace

Likeness likeness(const std::vector<Sample>& samples, const Scale& second, const GridMotion& motion) {
  struct Sums {
    double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  };
  std::vector<Sums> parts(kBlocks);
  in_blocks(samples.size(), [&](std::size_t block, std::size_t first, std::size_t last) {
    Sums& s = parts[block];
    for (std::size_t n = first; n < last; ++n) {
      float value = 0.0F;
      if (!second.at(motion(samples[n].at_mm), value)) continue;
      const double a = static_cast<double>(samples[n].density), b = static_cast<double>(value);
      s.n += 1.0;
      s.a += a;
      s.b += b;
      s.aa += a * a;
      s.bb += b * b;
      s.ab += a * b;
    }
  });
  Sums s;
  for (const Sums& p : parts) {
    s.n += p.n;
    s.a += p.a;
    s.b += p.b;
    s.aa += p.aa;
    s.bb += p.bb;
    s.ab += p.ab;
  }
  if (!(s.n > 1.0)) return {};
  const double va = s.aa - s.a * s.a / s.n, vb = s.bb - s.b * s.b / s.n;
  if (!(va > 0.0) || !(vb > 0.0)) return {};
  return {(s.ab - s.a * s.b / s.n) / std::sqrt(va * vb), s.n / static_cast<double>(samples.size())};
}

Climbed climb(const std::vector<Sample>& samples,
              const Scale& second,
              const GridMotion& start,
              double rim_mm,
              double still_mm) {
  Climbed result{start, 1e9};
  for (int round = 0; round < kRounds && !(result.step_mm < still_mm); ++round) {
    const auto off = differences(samples, second, result.motion);
    const double huge = std::max(kHuber * spread_of(off), 1e-6);
    const auto x = solved(normal_of(samples, off, start.centre_mm, huge));
    if (!x) {
      result.step_mm = 1e9;
      break;
    }
    result.motion = stepped(result.motion, *x);
    result.step_mm = rim_mm * std::hypot((*x)[0], (*x)[1], (*x)[2]) + std::hypot((*x)[3], (*x)[4], (*x)[5]);
  }
  return result;
}

}  // namespace ledd::registration
