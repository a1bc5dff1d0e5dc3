#include "sac_path.h"

#include <algorithm>
#include <cstdint>

namespace ledd::canal {
namespace {

constexpr double kFromMm = 4.0, kToMm = 13.0;  // the sac's middle lies so far behind the wall
constexpr double kMidlineMm = 9.0;             // and so near to the bodies' middle
constexpr double kMidlineCost = 0.01;          // per mm off the middle
constexpr double kSliceCostPerMm = 1.0, kStepCost = 0.4;
constexpr double kCap =
    0.6;  // cord and roots are darker than fluid: capped, the sac's middle wins over its sides
constexpr std::size_t kStride = 2;

/// What a way gains at every slice, station and column: smoothed, capped brightness.
class Gain {
 public:
  Gain(const std::vector<Sheet>& bright, const Track& track, double slice_mm) {
    const std::size_t first = column_of(kFromMm), last = column_of(kToMm);
    std::vector<double> all;
    for (const Sheet& sheet : bright)
      for (std::size_t s = 0; s < sheet.rows; ++s)
        for (std::size_t t = first; t <= last; ++t) all.push_back(sheet(s, t));
    const double cap = kCap * percentile(std::move(all), 97.0);
    std::vector<Sheet> smooth;
    for (const Sheet& sheet : bright) {
      Sheet capped = sheet;
      for (double& x : capped.values) x = std::min(x, cap);
      smooth.push_back(gaussian_t(gaussian_s(capped, 8.0 / kStepMm), 2.5 / kStepMm));
    }
    slices = smooth.size();
    rows = smooth.front().rows;
    columns = (last - first) / kStride + 1;
    values.resize(slices * rows * columns);
    std::vector<double> line(slices);
    for (std::size_t s = 0; s < rows; ++s)
      for (std::size_t t = 0; t < columns; ++t) {
        for (std::size_t k = 0; k < slices; ++k) line[k] = smooth[k](s, first + kStride * t);
        const auto blurred = gaussian(line, 5.0 / slice_mm);
        for (std::size_t k = 0; k < slices; ++k) {
          const double off = std::fabs(static_cast<double>(k) - track.stations[s].middle) * slice_mm;
          at(k, s, t) = blurred[k] - (off > kMidlineMm ? 100.0 : kMidlineCost * off);
        }
      }
  }
  double& at(std::size_t k, std::size_t s, std::size_t t) { return values[(s * slices + k) * columns + t]; }
  std::size_t slices = 0, rows = 0, columns = 0;
  std::vector<double> values;
};

}  // namespace

Path find_path(const std::vector<Sheet>& bright, const Track& track, double slice_mm) {
  Gain gain(bright, track, slice_mm);
  const long nk = static_cast<long>(gain.slices), nt = static_cast<long>(gain.columns);
  const auto cell = [&](long k, long t) { return static_cast<std::size_t>(k * nt + t); };
  std::vector<double> best(gain.slices * gain.columns), next(best.size());
  std::vector<std::vector<std::uint8_t>> moves(gain.rows, std::vector<std::uint8_t>(best.size(), 4));
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = gain.values[i];
  for (std::size_t s = 1; s < gain.rows; ++s) {
    for (long k = 0; k < nk; ++k)
      for (long t = 0; t < nt; ++t) {
        double top = -1e18;
        for (long m = 0; m < 9; ++m) {
          const long dk = m / 3 - 1, dt = m % 3 - 1, k0 = k - dk, t0 = t - dt;
          if (k0 < 0 || k0 >= nk || t0 < 0 || t0 >= nt) continue;
          const double value = best[cell(k0, t0)] -
                               kSliceCostPerMm * slice_mm * static_cast<double>(std::labs(dk)) -
                               kStepCost * static_cast<double>(std::labs(dt));
          if (value > top) {
            top = value;
            moves[s][cell(k, t)] = static_cast<std::uint8_t>(m);
          }
        }
        next[cell(k, t)] = top + gain.at(static_cast<std::size_t>(k), s, static_cast<std::size_t>(t));
      }
    best.swap(next);
  }
  const long end = static_cast<long>(std::max_element(best.begin(), best.end()) - best.begin());
  long k = end / nt, t = end % nt;
  std::vector<double> slice(gain.rows);
  Path path;
  path.t.resize(gain.rows);
  for (std::size_t s = gain.rows; s-- > 0;) {
    slice[s] = static_cast<double>(k);
    path.t[s] = kFromMm + kStepMm * static_cast<double>(kStride) * static_cast<double>(t);
    const long m = moves[s][cell(k, t)];
    k -= m / 3 - 1;
    t -= m % 3 - 1;
  }
  for (const double x : gaussian(slice, 12.0 / kStepMm)) path.slice.push_back(std::lround(x));
  return path;
}

BrightnessLevels levels_of(const std::vector<Sheet>& bright, const Path& path) {
  const std::size_t n = path.t.size();
  std::vector<double> tube(n), around(n);
  for (std::size_t s = 0; s < n; ++s) {
    const Sheet& sheet = bright[static_cast<std::size_t>(path.slice[s])];
    std::vector<double> near, all;
    for (std::size_t t = 0; t < kColumns; ++t) {
      all.push_back(sheet(s, t));
      if (std::fabs(t_mm(t) - path.t[s]) <= 5.0) near.push_back(sheet(s, t));
    }
    tube[s] = percentile(near, 80.0);
    around[s] = percentile(all, 5.0);
  }
  const auto slow = [n](const std::vector<double>& x) {
    const long reach = static_cast<long>(15.0 / kStepMm), last = static_cast<long>(n) - 1;
    std::vector<double> out(n);
    for (long s = 0; s <= last; ++s) {
      const long from = std::max(0L, s - reach), to = std::min(last, s + reach);
      out[static_cast<std::size_t>(s)] = percentile({x.begin() + from, x.begin() + to + 1}, 60.0);
    }
    return gaussian(out, 15.0 / kStepMm);
  };
  return {slow(tube), slow(around)};
}

}  // namespace ledd::canal
