#include "plates.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ledd/anatomy/knee.h"

namespace ledd::knee {
namespace {

std::vector<double> per_slice(const Grid& g, std::uint8_t value) {
  std::vector<double> counts(static_cast<std::size_t>(g.nz));
  const long plane = g.nx * g.ny;
  for (long z = 0; z < g.nz; ++z)
    counts[static_cast<std::size_t>(z)] = static_cast<double>(
        std::count(g.classes.begin() + z * plane, g.classes.begin() + (z + 1) * plane, value));
  return counts;
}

/// Gaussian of one slice, ends mirrored (d c b a | a b c d).
std::vector<double> smoothed(const std::vector<double>& v) {
  constexpr long kRadius = 4;
  const long n = static_cast<long>(v.size());
  std::vector<double> out(v.size());
  for (long z = 0; z < n; ++z) {
    double sum = 0.0, weights = 0.0;
    for (long d = -kRadius; d <= kRadius; ++d) {
      long at = (z + d) % (2 * n);
      if (at < 0) at += 2 * n;
      if (at >= n) at = 2 * n - 1 - at;
      const double w = std::exp(-0.5 * static_cast<double>(d * d));
      weights += w;
      sum += w * v[static_cast<std::size_t>(at)];
    }
    out[static_cast<std::size_t>(z)] = sum / weights;
  }
  return out;
}

}  // namespace

long tibial_border(const Grid& grid) {
  const auto area = per_slice(grid, kTibial);
  const long filled = std::count_if(area.begin(), area.end(), [](double a) { return a > 0; });
  if (filled < 4) return grid.nz / 2;
  const auto is_filled = [](double a) { return a > 0; };
  const long first = std::find_if(area.begin(), area.end(), is_filled) - area.begin();
  const long last = grid.nz - 1 - (std::find_if(area.rbegin(), area.rend(), is_filled) - area.rbegin());
  const long middle = (first + last) / 2;
  const auto s = smoothed(area);
  const long a = std::max_element(s.begin() + first, s.begin() + middle) - s.begin();
  const long b = std::max_element(s.begin() + middle, s.begin() + last + 1) - s.begin();
  return std::min_element(s.begin() + a, s.begin() + b + 1) - s.begin();
}

bool medial_first_by_patella(const Grid& grid, long border) {
  const auto area = per_slice(grid, kPatella);
  double slices = 0.0, sum = 0.0;
  for (std::size_t z = 0; z < area.size(); ++z)
    if (area[z] > 0) {
      slices += 1.0;
      sum += static_cast<double>(z);
    }
  return slices == 0.0 || sum / slices > static_cast<double>(border);
}

std::vector<std::uint16_t> ledd_ids(const Grid& grid, long border, bool medial_first) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  constexpr std::array<std::uint16_t, kClasses> kIds{0,
                                                     anatomy::kFemur,
                                                     kFemoralCartilage,
                                                     anatomy::kTibia,
                                                     kMedialTibialCartilage,
                                                     anatomy::kPatella,
                                                     kPatellarCartilage,
                                                     kMedialMeniscus};
  std::vector<std::uint16_t> ids(grid.classes.size());
  const std::size_t split = static_cast<std::size_t>(border * grid.nx * grid.ny);
  for (std::size_t q = 0; q < ids.size(); ++q) {
    const std::uint8_t c = grid.classes[q];
    ids[q] = kIds[c];
    if ((c == kTibial || c == kMeniscus) && (q < split) != medial_first) ++ids[q];  // lateral: the next id
  }
  return ids;
}

}  // namespace ledd::knee
