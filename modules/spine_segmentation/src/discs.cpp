#include "discs.h"

#include <array>
#include <cmath>

namespace ledd::spine {
namespace {

constexpr float kInside = 0.5F;
constexpr double kNearestShare = 0.15, kFarthestShare = 0.85;  // of the way from one centre to the next
constexpr double kFarthestAsideMm = 45.0;                      // half the width of a large disc, slipped
constexpr double kMinPartShare = 0.1;                          // of the largest part
constexpr double kMinDiscCm3 = 0.2;                            // a collapsed disc of a small person

using Position = std::array<double, 3>;

/// The way from the centre of one body to the next.
struct Gap {
  Position from{}, way{};
  double length_mm = 0.0;

  /// How far along the way a position lies, 0..1, or -1 when it lies beside it.
  double share(const Position& at) const {
    double along = 0.0, square = 0.0;
    for (unsigned a = 0; a < 3; ++a) {
      along += (at[a] - from[a]) * way[a];
      square += (at[a] - from[a]) * (at[a] - from[a]);
    }
    along /= length_mm;
    const double aside = std::sqrt(std::max(0.0, square - along * along));
    return aside > kFarthestAsideMm ? -1.0 : along / length_mm;
  }
};

std::vector<Gap> gaps_of(const Instances& found) {
  std::vector<Position> centres;
  centres.reserve(found.bodies.size());
  for (const Component& body : found.bodies) centres.push_back(body.centre_mm);
  if (!found.s1.empty()) {
    centres.push_back(found.s1[0].centre_mm);
  } else if (centres.size() > 1) {
    Position next = centres.back();
    for (unsigned a = 0; a < 3; ++a) next[a] += centres.back()[a] - centres[centres.size() - 2][a];
    centres.push_back(next);
  }
  std::vector<Gap> gaps;
  for (std::size_t n = 0; n + 1 < centres.size(); ++n) {
    Gap gap{centres[n], {}, 0.0};
    for (unsigned a = 0; a < 3; ++a) gap.way[a] = centres[n + 1][a] - centres[n][a];
    gap.length_mm = std::hypot(gap.way[0], gap.way[1], gap.way[2]);
    gaps.push_back(gap);
  }
  return gaps;
}

/// The gap that holds a position, counted from 1; 0 when none does.
std::uint8_t gap_at(const std::vector<Gap>& gaps, const Position& at) {
  std::uint8_t best = 0;
  double least = 1.0;
  for (std::size_t n = 0; n < gaps.size(); ++n) {
    const double share = gaps[n].share(at);
    if (share < kNearestShare || share > kFarthestShare || std::abs(share - 0.5) >= least) continue;
    least = std::abs(share - 0.5);
    best = static_cast<std::uint8_t>(n + 1);
  }
  return best;
}

Pixels without_crumbs(const std::vector<Pixels>& parts, std::size_t fewest) {
  std::size_t largest = 0;
  for (const Pixels& part : parts) largest = std::max(largest, part.size());
  Pixels disc;
  for (const Pixels& part : parts)
    if (static_cast<double>(part.size()) >= kMinPartShare * static_cast<double>(largest))
      disc.insert(disc.end(), part.begin(), part.end());
  if (disc.size() < fewest) disc.clear();
  std::sort(disc.begin(), disc.end());
  return disc;
}

}  // namespace

std::vector<Pixels> find_discs(const Probability& p, const Instances& found, double slice_spacing_mm) {
  const std::vector<Gap> gaps = gaps_of(found);
  std::vector<std::uint8_t> mark(p.values[kDisc].size(), 0);
  std::vector<Pixels> candidates(gaps.size());
  for (std::uint32_t q = 0; q < mark.size(); ++q) {
    const float disc = p.values[kDisc][q];
    if (disc <= kInside || disc < p.values[kBody][q] || disc < p.values[kS1][q]) continue;
    const long x = q % p.box.width, y = q / p.box.width % p.box.height, z = q / (p.box.width * p.box.height);
    const Position at{static_cast<double>(x + p.box.x) * kWorkMm,
                      static_cast<double>(y + p.box.y) * kWorkMm,
                      static_cast<double>(z + p.box.z) * slice_spacing_mm};
    mark[q] = gap_at(gaps, at);
    if (mark[q] != 0) candidates[mark[q] - 1U].push_back(q);
  }
  const Lattice lattice(p.box);
  const auto fewest = static_cast<std::size_t>(kMinDiscCm3 * 1000.0 / (kWorkMm * kWorkMm * slice_spacing_mm));
  std::vector<Pixels> discs(found.bodies.size());
  for (std::size_t n = 0; n < gaps.size(); ++n)
    discs[n] =
        without_crumbs(parts_of(candidates[n], mark, static_cast<std::uint8_t>(n + 1), lattice), fewest);
  return discs;
}

}  // namespace ledd::spine
