#include "discs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ledd::calibration {
namespace {

constexpr double kCellMm = 1.2, kRadiusStepMm = 0.8;
constexpr double kSmoothMm = 1.3;
constexpr int kRays = 48;
constexpr double kMinVotes = 0.28;  // share of the circle, on coarse cells
constexpr double kMinCompleteness = 0.72;
constexpr double kLeastStepHuMm = 1.5;  // of an edge that anybody would see
constexpr std::size_t kMostDiscs = 80;
constexpr double kPi = 3.14159265358979323846;

/// Gaussian along one axis of the slab, the edge repeated.
void smooth(std::vector<float>& hu, const Slab& slab, std::size_t axis) {
  const double sigma = kSmoothMm / slab.step_mm[axis];
  const int reach = static_cast<int>(std::ceil(3.0 * sigma));
  std::vector<double> weight;
  for (int n = -reach; n <= reach; ++n) weight.push_back(std::exp(-0.5 * n * n / (sigma * sigma)));
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  const std::size_t stride = axis == 0 ? 1 : slab.size[0], length = slab.size[axis];
  const std::size_t lines = slab.hu.size() / length, next = axis == 0 ? slab.size[0] : 1;
  std::vector<float> line(length);
  for (std::size_t l = 0; l < lines; ++l) {
    float* p = hu.data() + l * next;
    for (std::size_t n = 0; n < length; ++n) {
      double sum = 0;
      for (std::size_t k = 0; k < weight.size(); ++k) {
        const auto at = std::clamp<std::ptrdiff_t>(
            static_cast<std::ptrdiff_t>(n + k) - reach, 0, static_cast<std::ptrdiff_t>(length) - 1);
        sum += weight[k] * static_cast<double>(p[static_cast<std::size_t>(at) * stride]);
      }
      line[n] = static_cast<float>(sum / total);
    }
    for (std::size_t n = 0; n < length; ++n) p[n * stride] = line[n];
  }
}

struct Edge {
  Spot at_mm{};
  Spot uphill{};  ///< Unit vector.
};

/// Pixels where the gradient is largest along itself and stands out of the noise.
std::vector<Edge> edges_of(const Slab& slab, double& least_step) {
  const std::size_t columns = slab.size[0], rows = slab.size[1];
  std::vector<float> gu(slab.hu.size()), gv(slab.hu.size()), strength(slab.hu.size());
  std::vector<float> inner;
  for (std::size_t v = 1; v + 1 < rows; ++v)
    for (std::size_t u = 1; u + 1 < columns; ++u) {
      const std::size_t n = v * columns + u;
      gu[n] = (slab.hu[n + 1] - slab.hu[n - 1]) / static_cast<float>(2.0 * slab.step_mm[0]);
      gv[n] = (slab.hu[n + columns] - slab.hu[n - columns]) / static_cast<float>(2.0 * slab.step_mm[1]);
      strength[n] = std::hypot(gu[n], gv[n]);
      if (slab.hu[n] > -250.0F && slab.outside[n] == 0) inner.push_back(strength[n]);
    }
  least_step = kLeastStepHuMm;
  if (!inner.empty()) {
    const auto middle = inner.begin() + static_cast<std::ptrdiff_t>(inner.size() / 2);
    std::nth_element(inner.begin(), middle, inner.end());
    least_step = std::clamp(1.5 * static_cast<double>(*middle), kLeastStepHuMm, 6.0);
  }
  std::vector<Edge> edges;
  for (std::size_t v = 2; v + 2 < rows; ++v)
    for (std::size_t u = 2; u + 2 < columns; ++u) {
      const std::size_t n = v * columns + u;
      if (!(static_cast<double>(strength[n]) >= least_step) || slab.outside[n] != 0) continue;
      const double a = static_cast<double>(gu[n] / strength[n]), b = static_cast<double>(gv[n] / strength[n]);
      const auto du = static_cast<std::ptrdiff_t>(std::lround(a)),
                 dv = static_cast<std::ptrdiff_t>(std::lround(b));
      const std::ptrdiff_t step = dv * static_cast<std::ptrdiff_t>(columns) + du;
      const float ahead = strength[static_cast<std::size_t>(static_cast<std::ptrdiff_t>(n) + step)];
      const float behind = strength[static_cast<std::size_t>(static_cast<std::ptrdiff_t>(n) - step)];
      if (strength[n] < ahead || strength[n] <= behind) continue;
      edges.push_back({{slab.first_mm[0] + static_cast<double>(u) * slab.step_mm[0],
                        slab.first_mm[1] + static_cast<double>(v) * slab.step_mm[1]},
                       {a, b}});
    }
  return edges;
}

/// Votes for centres of one radius and sense; a cell's value is about the share of the circle that voted.
class Votes {
 public:
  explicit Votes(const Slab& slab) {
    for (std::size_t n = 0; n < 2; ++n)
      size_[n] = static_cast<std::size_t>(static_cast<double>(slab.size[n]) * slab.step_mm[n] / kCellMm) + 2;
    cells_.resize(size_[0] * size_[1]);
  }

  void count(const std::vector<Edge>& edges, double radius_mm, double sense) {
    std::fill(cells_.begin(), cells_.end(), 0.0F);
    const auto vote = static_cast<float>(kCellMm / (2.0 * kPi * radius_mm));
    for (const Edge& edge : edges) {
      const double x = (edge.at_mm[0] + sense * radius_mm * edge.uphill[0]) / kCellMm;
      const double y = (edge.at_mm[1] + sense * radius_mm * edge.uphill[1]) / kCellMm;
      if (!(x >= 1 && y >= 1 && x < static_cast<double>(size_[0]) - 2 &&
            y < static_cast<double>(size_[1]) - 2))
        continue;
      const auto i = static_cast<std::size_t>(std::lround(x)), j = static_cast<std::size_t>(std::lround(y));
      for (std::size_t dj = j - 1; dj <= j + 1; ++dj)
        for (std::size_t di = i - 1; di <= i + 1; ++di) cells_[dj * size_[0] + di] += vote;
    }
  }

  /// Cells that no neighbour outvotes.
  template <class Take>
  void peaks(Take&& take) const {
    for (std::size_t j = 1; j + 1 < size_[1]; ++j)
      for (std::size_t i = 1; i + 1 < size_[0]; ++i) {
        const float* c = &cells_[j * size_[0] + i];
        if (!(static_cast<double>(*c) >= kMinVotes)) continue;
        bool top = true;
        for (const std::ptrdiff_t dj : {-1, 0, 1})
          for (const std::ptrdiff_t di : {-1, 0, 1})
            top = top && *c >= c[dj * static_cast<std::ptrdiff_t>(size_[0]) + di];
        if (top) take(Spot{static_cast<double>(i) * kCellMm, static_cast<double>(j) * kCellMm});
      }
  }

 private:
  std::array<std::size_t, 2> size_{};
  std::vector<float> cells_;
};

/// The circle's steps, inside minus outside.
std::array<double, kRays> steps(const Slab& slab, const Spot& c, double r) {
  std::array<double, kRays> all{};
  for (int n = 0; n < kRays; ++n) {
    const double a = 2.0 * kPi * n / kRays, x = std::cos(a), y = std::sin(a);
    all[static_cast<std::size_t>(n)] = slab.at({c[0] + (r - 1.2) * x, c[1] + (r - 1.2) * y}) -
                                       slab.at({c[0] + (r + 1.2) * x, c[1] + (r + 1.2) * y});
  }
  return all;
}

/// Mean step in the circle's sense; no ray counts more than three medians, so that air beside does not rule.
double strength_of(const Slab& slab, const Spot& c, double r, double sense) {
  auto all = steps(slab, c, r);
  for (double& s : all) s *= sense;
  auto sorted = all;
  std::nth_element(sorted.begin(), sorted.begin() + kRays / 2, sorted.end());
  const double median = sorted[kRays / 2];
  if (!(median > 0.0)) return median;
  double sum = 0;
  for (const double s : all) sum += std::clamp(s, -median, 2.0 * median);
  return sum / kRays;
}

/// Most of the circle steps in its sense: worth a climb.
bool promising(const Slab& slab, const Spot& c, double r, double sense) {
  const auto all = steps(slab, c, r);
  return std::count_if(all.begin(), all.end(), [&](double s) { return sense * s > 1.0; }) >= kRays * 6 / 10;
}

/// Climbs to the best circle near a vote.
Disc climbed(const Slab& slab, Spot c, double r, double sense) {
  double best = strength_of(slab, c, r, sense);
  for (double step = 0.8; step > 0.15; step /= 2)
    for (bool better = true; better;) {
      better = false;
      for (const auto& [du, dv, dr] : std::array<std::array<double, 3>, 6>{
               {{step, 0, 0}, {-step, 0, 0}, {0, step, 0}, {0, -step, 0}, {0, 0, step}, {0, 0, -step}}}) {
        const Spot next{c[0] + du, c[1] + dv};
        if (r + dr < 3.0) continue;
        const double value = strength_of(slab, next, r + dr, sense);
        if (!(value > best + 1e-9)) continue;
        best = value;
        c = next;
        r += dr;
        better = true;
      }
    }
  Disc disc;
  disc.centre_mm = c;
  disc.radius_mm = r;
  const auto all = steps(slab, c, r);
  const auto counted =
      std::count_if(all.begin(), all.end(), [&](double s) { return sense * s > std::max(2.0, 0.35 * best); });
  disc.completeness = static_cast<double>(counted) / kRays;
  const Inside middle = inside(slab, c, 0.7 * r);
  disc.hu = middle.hu;
  disc.sd_hu = middle.sd_hu;
  return disc;
}

bool homogeneous(const Disc& disc, const Slab& slab) {
  const auto all = steps(slab, disc.centre_mm, disc.radius_mm);
  const double step =
      std::fabs(std::accumulate(all.begin(), all.end(), 0.0)) / static_cast<double>(all.size());
  return disc.sd_hu < std::max(12.0, 0.3 * step) && disc.hu > -250.0 && disc.hu < 1550.0;
}

/// The most complete of those that share a place.
std::vector<Disc> apart(std::vector<Disc> discs) {
  std::stable_sort(discs.begin(), discs.end(), [](const Disc& a, const Disc& b) {
    return a.completeness != b.completeness ? a.completeness > b.completeness : a.radius_mm > b.radius_mm;
  });
  std::vector<Disc> kept;
  for (const Disc& disc : discs) {
    const bool taken = std::any_of(kept.begin(), kept.end(), [&](const Disc& other) {
      return std::hypot(disc.centre_mm[0] - other.centre_mm[0], disc.centre_mm[1] - other.centre_mm[1]) <
             0.6 * std::max(disc.radius_mm, other.radius_mm);
    });
    if (!taken && kept.size() < kMostDiscs) kept.push_back(disc);
  }
  return kept;
}

}  // namespace

std::vector<Disc> discs_of(const Slab& raw, double low_mm, double high_mm) {
  Slab slab = raw;
  smooth(slab.hu, slab, 0);
  smooth(slab.hu, slab, 1);
  double least_step = 0;
  const auto edges = edges_of(slab, least_step);
  Votes votes(slab);
  std::vector<Disc> discs;
  for (const double sense : {1.0, -1.0})
    for (double r = low_mm; r <= high_mm + 0.5 * kRadiusStepMm; r += kRadiusStepMm) {
      votes.count(edges, r, sense);
      votes.peaks([&](const Spot& c) {
        if (!promising(slab, c, r, sense)) return;
        const Disc disc = climbed(slab, c, r, sense);
        if (disc.completeness >= kMinCompleteness && disc.radius_mm >= 0.9 * low_mm &&
            disc.radius_mm <= 1.1 * high_mm && homogeneous(disc, slab))
          discs.push_back(disc);
      });
    }
  discs = apart(std::move(discs));
  for (Disc& disc : discs) {  // what it reads, not smoothed
    const Inside middle = inside(raw, disc.centre_mm, 0.7 * disc.radius_mm);
    disc.hu = middle.hu;
    disc.sd_hu = middle.sd_hu;
  }
  return discs;
}

}  // namespace ledd::calibration
