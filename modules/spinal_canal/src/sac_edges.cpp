#include "sac_edges.h"

#include <algorithm>
#include <cstdint>

namespace ledd::canal {
namespace {

// Weights were set by eye on T2, STIR and water images; lengths in mm, brightness relative to fluid.
constexpr double kFirstFrontMm = -3.0, kLastFrontMm = 9.0;
constexpr double kEdgeWeight = 3.0, kMaxGradientPerSample = 0.3 * kStepMm;
constexpr double kInsideZero = 0.22, kInsideScale = 0.2, kInsideBest = 0.25;  // cord and roots are not dark
constexpr double kLineWeight = 4.0, kLineReachMm = 2.0, kLineMax = 0.5;
constexpr double kLineMin = 0.2;  // strands of roots are less dark than the dura before fat
constexpr double kStringMm = 35.0, kMaxSlope = 0.3;
constexpr int kSlopes = 15;  // to both sides
constexpr double kCutMm = 0.5;
constexpr double kDepthMeanMm = 13.0, kDepthCost = 0.008;
constexpr double kMoveCost = 0.45;
constexpr double kAwayCost = 0.02, kGrowCost = 0.15;  // against the inner neighbour, per mm2
constexpr double kDimCost = 20.0;
constexpr double kAbsentScore = 1.0, kSwitchCost = 3.0;
constexpr double kNever = -1e6;

struct Scores {
  Sheet front, back, total;  // total has one column more: the running sum of the inside's score
  Sheet running;             // the running sum of brightness itself
};

/// How much darker a sample is than the brighter ones on both sides within 2 mm: the dura before fat.
Sheet dark_lines(const Sheet& x) {
  const Sheet fine = gaussian_s(x, 2.0 / kStepMm);
  const long reach = static_cast<long>(kLineReachMm / kStepMm) - 1, last = static_cast<long>(x.columns) - 1;
  Sheet line(x.rows, x.columns);
  for (std::size_t s = 0; s < x.rows; ++s)
    for (long t = 0; t <= last; ++t) {
      double before = -1e9, after = -1e9;
      for (long d = 0; d <= reach; ++d) {
        before = std::max(before, fine(s, static_cast<std::size_t>(std::max(0L, t - d))));
        after = std::max(after, fine(s, static_cast<std::size_t>(std::min(last, t + d))));
      }
      const auto c = static_cast<std::size_t>(t);
      line(s, c) = std::clamp(std::min(before, after) - fine(s, c) - kLineMin, 0.0, kLineMax);
    }
  return line;
}

Sheet gradient_t(const Sheet& x) {
  Sheet out(x.rows, x.columns);
  for (std::size_t s = 0; s < x.rows; ++s)
    for (std::size_t t = 0; t < x.columns; ++t)
      out(s, t) = 0.5 * (x(s, std::min(t + 1, x.columns - 1)) - x(s, t == 0 ? 0 : t - 1));
  return out;
}

Scores scores_of(const Sheet& x) {
  const Sheet gradient = gradient_t(gaussian_t(gaussian_s(x, 1.0 / kStepMm), 0.8 / kStepMm));
  const Sheet line = dark_lines(x);
  Scores scores{Sheet(x.rows, x.columns),
                Sheet(x.rows, x.columns),
                Sheet(x.rows, x.columns + 1),
                Sheet(x.rows, x.columns + 1)};
  for (std::size_t s = 0; s < x.rows; ++s)
    for (std::size_t t = 0; t < x.columns; ++t) {
      const double g = gradient(s, t);
      scores.front(s, t) = kEdgeWeight / kStepMm * std::clamp(g, 0.0, kMaxGradientPerSample);
      scores.back(s, t) = kEdgeWeight / kStepMm * std::clamp(-g, 0.0, kMaxGradientPerSample);
      scores.running(s, t + 1) = scores.running(s, t) + x(s, t);
      const double inside = std::clamp((x(s, t) - kInsideZero) / kInsideScale, -1.0, kInsideBest);
      scores.total(s, t + 1) = scores.total(s, t) + (inside - kLineWeight * line(s, t)) * kStepMm / 4.0;
    }
  return scores;
}

/// Dynamic programming over (front, depth), with one more state for "no sac here".
class EdgeSearch {
 public:
  EdgeSearch(const Sheet& x, const DepthRange& depth, const Beside* beside)
      : scores_(scores_of(x)),
        beside_(beside),
        rows_(x.rows),
        first_front_(static_cast<long>(column_of(kFirstFrontMm))),
        fronts_(static_cast<long>(column_of(kLastFrontMm)) - first_front_ + 1),
        first_depth_(std::lround(depth.min_mm / kStepMm)),
        depths_(std::lround(depth.max_mm / kStepMm) - first_depth_ + 1),
        states_(static_cast<std::size_t>(fronts_ * depths_)) {}

  Edges operator()() {
    const double absent_score = beside_ == nullptr ? kNever : kAbsentScore;
    std::vector<double> best(states_), next(states_);
    moves_.assign(rows_, std::vector<std::uint8_t>(states_, kFromAbsent));
    entered_from_.assign(rows_, -1);
    for (std::size_t i = 0; i < states_; ++i) best[i] = score(0, static_cast<long>(i));
    double absent = absent_score;
    for (std::size_t s = 1; s < rows_; ++s) {
      for (std::size_t i = 0; i < states_; ++i) next[i] = step(s, static_cast<long>(i), best, absent);
      const auto top = std::max_element(best.begin(), best.end());
      if (*top - kSwitchCost > absent) {
        entered_from_[s] = static_cast<long>(top - best.begin());
        absent = *top - kSwitchCost;
      }
      absent += absent_score;
      best.swap(next);
    }
    const auto top = std::max_element(best.begin(), best.end());
    return traced(absent > *top ? -1 : static_cast<long>(top - best.begin()));
  }

 private:
  static constexpr std::uint8_t kFromAbsent = 9;

  double score(std::size_t s, long state) const {
    const long front = first_front_ + state / depths_, back = front + first_depth_ + state % depths_;
    if (back >= static_cast<long>(kColumns)) return kNever;
    const auto f = static_cast<std::size_t>(front), b = static_cast<std::size_t>(back);
    const double off = static_cast<double>(back - front) * kStepMm - kDepthMeanMm;
    double value = scores_.front(s, f) + scores_.back(s, b) + scores_.total(s, b) - scores_.total(s, f) -
                   kDepthCost * off * off;
    if (beside_ == nullptr) return value;
    const Edges& inner = *beside_->inner;
    if (inner.front[s] < 0) return kNever;
    const double df = static_cast<double>(inner.front[s] - front) * kStepMm;
    const double db = (static_cast<double>(back) - inner.dura[s]) * kStepMm;
    const double mean = (scores_.running(s, b) - scores_.running(s, f)) / static_cast<double>(back - front);
    const double dim = std::max(0.0, (*beside_->half_filled)[s] - mean);
    const double grown = std::max(0.0, df) + std::max(0.0, db);
    return value - kAwayCost * (df * df + db * db) - kGrowCost * grown * grown - kDimCost * dim;
  }

  double step(std::size_t s, long state, const std::vector<double>& best, double absent) {
    const long f = state / depths_, d = state % depths_;
    double top = absent - kSwitchCost;
    auto& move = moves_[s][static_cast<std::size_t>(state)];
    for (long m = 0; m < 9; ++m) {
      const long df = m / 3 - 1, db = m % 3 - 1, f0 = f - df, d0 = d - (db - df);
      if (f0 < 0 || f0 >= fronts_ || d0 < 0 || d0 >= depths_) continue;
      const double value = best[static_cast<std::size_t>(f0 * depths_ + d0)] -
                           kMoveCost * static_cast<double>(df * df + db * db);
      if (value > top) {
        top = value;
        move = static_cast<std::uint8_t>(m);
      }
    }
    return top + score(s, state);
  }

  Edges traced(long state) const {
    Edges edges{std::vector<long>(rows_, -1), std::vector<long>(rows_, -1), std::vector<double>(rows_, -1.0)};
    for (std::size_t s = rows_; s-- > 0;) {
      if (state < 0) {
        state = entered_from_[s];
        continue;
      }
      edges.front[s] = first_front_ + state / depths_;
      edges.back[s] = edges.front[s] + first_depth_ + state % depths_;
      edges.dura[s] = static_cast<double>(edges.back[s]);
      const long m = moves_[s][static_cast<std::size_t>(state)];
      if (m == kFromAbsent) {
        state = -1;
      } else {
        const long df = m / 3 - 1, db = m % 3 - 1;
        state = (state / depths_ - df) * depths_ + state % depths_ - (db - df);
      }
    }
    return edges;
  }

  Scores scores_;
  const Beside* beside_;
  std::size_t rows_;
  long first_front_, fronts_, first_depth_, depths_;
  std::size_t states_;
  std::vector<std::vector<std::uint8_t>> moves_;
  std::vector<long> entered_from_;
};

/// The union of all straight pieces of kStringMm that fit before `back`: on a run of stations.
void pull_taut(std::vector<double>& back, std::size_t from, std::size_t to) {
  const std::size_t length = std::min(static_cast<std::size_t>(kStringMm / kStepMm), to - from);
  std::vector<double> best(to - from, -1e9);
  for (std::size_t start = from; start + length <= to; ++start)
    for (int n = -kSlopes; n <= kSlopes; ++n) {
      const double slope = kMaxSlope * n / kSlopes;
      double base = 1e9;
      for (std::size_t i = 0; i < length; ++i)
        base = std::min(base, back[start + i] - slope * static_cast<double>(i));
      for (std::size_t i = 0; i < length; ++i) {
        double& here = best[start + i - from];
        here = std::max(here, base + slope * static_cast<double>(i));
      }
    }
  std::copy(best.begin(), best.end(), back.begin() + static_cast<long>(from));
}

}  // namespace

Edges find_edges(const Sheet& x, const DepthRange& depth, const Beside* beside) {
  Edges edges = EdgeSearch(x, depth, beside)();
  for (std::size_t s = 0; s < x.rows;) {
    std::size_t end = s;
    while (end < x.rows && edges.front[end] >= 0) ++end;
    if (end > s) pull_taut(edges.dura, s, end);
    s = end + 1;
  }
  return edges;
}

double dura_mm(const Sheet& x, const Edges& edges, std::size_t s) {
  const double taut = kFrontEndMm + kStepMm * edges.dura[s];
  const bool cut = (static_cast<double>(edges.back[s]) - edges.dura[s]) * kStepMm > kCutMm;
  return cut ? taut : refined_mm(x, s, edges.back[s], false);
}

double refined_mm(const Sheet& x, std::size_t s, long column, bool rising) {
  double sum = 0.0, moment = 0.0;
  for (long d = -4; d <= 4; ++d) {
    const long t = column + d;
    if (t < 1 || t + 1 >= static_cast<long>(x.columns)) continue;
    const auto c = static_cast<std::size_t>(t);
    const double g = (rising ? 0.5 : -0.5) * (x(s, c + 1) - x(s, c - 1));
    const double offset = static_cast<double>(d) * kStepMm;
    const double w = std::max(0.0, g) * std::exp(-0.5 * (offset / 0.8) * (offset / 0.8));
    sum += w;
    moment += w * offset;
  }
  return t_mm(static_cast<std::size_t>(column)) + (sum > 1e-6 ? moment / sum : 0.0);
}

}  // namespace ledd::canal
