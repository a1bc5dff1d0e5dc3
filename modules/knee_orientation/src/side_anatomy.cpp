#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "ledd/knee_orientation/knee_side.h"

namespace ledd {
namespace {

constexpr std::size_t kFeatures = kSideFeatures;
#include "side_rule.inc"

using namespace anatomy;  // NOLINT(google-build-using-namespace): ids

constexpr double kCondylesMm = 35.0, kPlateauMm = 25.0, kShaftLeastMm = 10.0, kCartilageLeastMm3 = 60.0;
constexpr double kLeastMm2 = 10.0;  // of a structure in the plane where it is said to end
constexpr double kSurest = 0.999;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

enum Feature { kPatellaBeside, kShaftBeside, kPlateauBeside, kDeeper, kRidge, kLower, kThicker };

struct Rows {
  long first = 0, end = 0;
};

/// First and last index whose count is at least `least`: a stray voxel is no end. Empty when there is none.
std::optional<std::array<long, 2>> ends_of(const std::vector<double>& counts, double least) {
  const auto enough = [&](double n) { return n >= least; };
  const auto first = std::find_if(counts.begin(), counts.end(), enough);
  if (first == counts.end()) return std::nullopt;
  const auto last = std::find_if(counts.rbegin(), counts.rend(), enough);
  return std::array<long, 2>{first - counts.begin(),
                             static_cast<long>(counts.size()) - 1 - (last - counts.rbegin())};
}

/// A label map in the working order: columns P, rows I, slices R.
class Knee {
 public:
  explicit Knee(const Labels& labels)
      : image_(reorient(labels, {Toward::kPosterior, Toward::kInferior, Toward::kRight})) {
    const auto size = image_->GetLargestPossibleRegion().GetSize();
    for (unsigned a = 0; a < 3; ++a) {
      n_[a] = static_cast<long>(size[a]);
      mm_[a] = image_->GetSpacing()[a];
    }
  }

  long columns() const { return n_[0]; }
  long rows() const { return n_[1]; }
  long slices() const { return n_[2]; }
  double column_mm() const { return mm_[0]; }
  double row_mm() const { return mm_[1]; }
  double slice_mm() const { return mm_[2]; }
  double voxel_mm3() const { return mm_[0] * mm_[1] * mm_[2]; }

  /// Calls visit(column, row, slice) for every voxel that has one of the ids and lies in the rows.
  template <class Visit>
  void each(std::uint16_t low_id, std::uint16_t high_id, Rows rows, Visit visit) const {
    const std::uint16_t* const buffer = image_->GetBufferPointer();
    for (long k = 0; k < n_[2]; ++k)
      for (long j = std::max(0L, rows.first); j < std::min(n_[1], rows.end); ++j) {
        const std::uint16_t* line = buffer + (k * n_[1] + j) * n_[0];
        for (long i = 0; i < n_[0]; ++i)
          if (line[i] >= low_id && line[i] <= high_id) visit(i, j, k);
      }
  }
  Rows all_rows() const { return {0, n_[1]}; }

  /// The rows a structure reaches over; end < 0 when it is absent.
  Rows rows_of(std::uint16_t id) const {
    std::vector<double> counts(static_cast<std::size_t>(n_[1]));
    each(id, id, all_rows(), [&](long, long j, long) { counts[static_cast<std::size_t>(j)] += 1.0; });
    const auto ends = ends_of(counts, kLeastMm2 / (mm_[0] * mm_[2]));
    return ends ? Rows{(*ends)[0], (*ends)[1] + 1} : Rows{0, -1};
  }

  std::vector<double> per_slice(std::uint16_t id, Rows rows) const {
    std::vector<double> counts(static_cast<std::size_t>(n_[2]));
    each(id, id, rows, [&](long, long, long k) { counts[static_cast<std::size_t>(k)] += 1.0; });
    return counts;
  }

 private:
  Labels::Pointer image_;
  std::array<long, 3> n_{};
  std::array<double, 3> mm_{};
};

/// The slices between which 98 % of a structure lie.
struct Extent {
  long first = 0, last = 0;
  double middle() const { return 0.5 * static_cast<double>(first + last); }
  double width() const { return static_cast<double>(last - first); }
  long at(double share) const { return static_cast<long>(static_cast<double>(first) + share * width()); }
};

Extent extent_of(const std::vector<double>& counts) {
  std::vector<double> sum(counts.size());
  double total = 0.0;
  for (std::size_t k = 0; k < counts.size(); ++k) sum[k] = total += counts[k];
  const auto reach = [&](double share) {
    return static_cast<long>(std::lower_bound(sum.begin(), sum.end(), share * total) - sum.begin());
  };
  return {reach(0.01), reach(0.99)};
}

/// NaN when empty.
double mean_slice(const std::vector<double>& counts) {
  double total = 0.0, moment = 0.0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    total += counts[k];
    moment += counts[k] * static_cast<double>(k);
  }
  return total > 0.0 ? moment / total : kNaN;
}

/// Ridge of the trochlea and lowest point of the condyles, right half against left half.
void compare_condyles(const Knee& knee, Rows condyles, const Extent& extent, AnatomicalSide& out) {
  const long left_end = extent.at(0.45), right_first = extent.at(0.55);
  std::array<std::vector<double>, 2> columns, rows;
  for (std::size_t half : {0U, 1U}) {
    columns[half].resize(static_cast<std::size_t>(knee.columns()));
    rows[half].resize(static_cast<std::size_t>(knee.rows()));
  }
  knee.each(kFemur, kFemur, condyles, [&](long i, long j, long k) {
    const bool left = k >= extent.first && k < left_end, right = k >= right_first && k <= extent.last;
    if (!left && !right) return;
    const std::size_t half = right ? 1 : 0;
    columns[half][static_cast<std::size_t>(i)] += 1.0;
    rows[half][static_cast<std::size_t>(j)] += 1.0;
  });
  std::array<long, 2> front{}, bottom{};
  for (std::size_t half : {0U, 1U}) {
    const auto x = ends_of(columns[half], kLeastMm2 / (knee.row_mm() * knee.slice_mm()));
    const auto y = ends_of(rows[half], kLeastMm2 / (knee.column_mm() * knee.slice_mm()));
    if (!x || !y) return;
    front[half] = (*x)[0];
    bottom[half] = (*y)[1];
  }
  out.features_mm[kRidge] = static_cast<double>(front[0] - front[1]) * knee.column_mm();
  out.features_mm[kLower] = static_cast<double>(bottom[1] - bottom[0]) * knee.row_mm();
}

/// Mean depth of the plateau from front to back over some slices.
double mean_depth_mm(const Knee& knee, Rows plateau, long first, long end) {
  if (end <= first) return kNaN;
  const auto count = static_cast<std::size_t>(end - first);
  std::vector<long> front(count, knee.columns()), back(count, -1);
  knee.each(kTibia, kTibia, plateau, [&](long i, long, long k) {
    if (k < first || k >= end) return;
    const auto s = static_cast<std::size_t>(k - first);
    front[s] = std::min(front[s], i);
    back[s] = std::max(back[s], i);
  });
  double sum = 0.0;
  for (std::size_t s = 0; s < count; ++s)
    sum += back[s] >= 0 ? static_cast<double>(back[s] - front[s] + 1) : 0.0;
  return sum / static_cast<double>(count) * knee.column_mm();
}

/// Volume of tibial cartilage over the area it covers from above, right of the centre minus left of it.
double thicker_mm(const Knee& knee, double centre) {
  std::array<double, 2> voxels{}, columns{};
  std::vector<char> seen(static_cast<std::size_t>(knee.columns() * knee.slices()));
  knee.each(kMedialTibialCartilage, kLateralTibialCartilage, knee.all_rows(), [&](long i, long, long k) {
    const bool left = k < static_cast<long>(centre), right = k >= static_cast<long>(std::ceil(centre));
    if (!left && !right) return;
    const std::size_t half = right ? 1 : 0;
    voxels[half] += 1.0;
    char& mark = seen[static_cast<std::size_t>(k * knee.columns() + i)];
    columns[half] += mark == 0 ? 1.0 : 0.0;
    mark = 1;
  });
  if (std::min(voxels[0], voxels[1]) * knee.voxel_mm3() < kCartilageLeastMm3) return kNaN;
  return (voxels[1] / columns[1] - voxels[0] / columns[0]) * knee.row_mm();
}

void measure(const Knee& knee, AnatomicalSide& out) {
  out.features_mm.fill(kNaN);
  const Rows femur = knee.rows_of(kFemur), tibia = knee.rows_of(kTibia);
  if (femur.end < 0 || tibia.end < 0) return;
  const long level = std::max(0L, femur.end - 1 - static_cast<long>(kCondylesMm / knee.row_mm()));
  const Rows condyles{level, femur.end};
  const Extent extent = extent_of(knee.per_slice(kFemur, condyles));
  const auto beside = [&](double slice) { return (slice - extent.middle()) * knee.slice_mm(); };
  out.features_mm[kPatellaBeside] = beside(mean_slice(knee.per_slice(kPatella, knee.all_rows())));
  if (static_cast<double>(level - femur.first) * knee.row_mm() >= kShaftLeastMm)
    out.features_mm[kShaftBeside] = beside(mean_slice(knee.per_slice(kFemur, {0, level})));
  compare_condyles(knee, condyles, extent, out);
  const Rows plateau{tibia.first, tibia.first + static_cast<long>(kPlateauMm / knee.row_mm())};
  const Extent top = extent_of(knee.per_slice(kTibia, plateau));
  out.features_mm[kPlateauBeside] = beside(top.middle());
  out.features_mm[kDeeper] = mean_depth_mm(knee, plateau, top.at(0.6), top.at(0.9)) -
                             mean_depth_mm(knee, plateau, top.at(0.1), top.at(0.4));
  out.features_mm[kThicker] = thicker_mm(knee, top.middle());
}

/// Solves A x = b for the few measured features; A is a covariance, so no pivots are needed.
std::vector<double> solved(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t row = p + 1; row < n; ++row) {
      const double factor = a[row][p] / a[p][p];
      for (std::size_t c = p; c < n; ++c) a[row][c] -= factor * a[p][c];
      b[row] -= factor * b[p];
    }
  for (std::size_t p = n; p-- > 0;) {
    for (std::size_t c = p + 1; c < n; ++c) b[p] -= a[p][c] * b[c];
    b[p] /= a[p][p];
  }
  return b;
}

}  // namespace

AnatomicalSide side_of_anatomy(const Labels& labels) {
  AnatomicalSide out;
  measure(Knee(labels), out);
  std::vector<std::size_t> known;
  for (std::size_t f = 0; f < kFeatures; ++f)
    if (std::isfinite(out.features_mm[f])) known.push_back(f);
  if (known.empty()) return out;
  std::vector<std::vector<double>> covariance(known.size(), std::vector<double>(known.size()));
  std::vector<double> x(known.size()), mean(known.size());
  for (std::size_t a = 0; a < known.size(); ++a) {
    x[a] = out.features_mm[known[a]];
    mean[a] = kMeanMm[known[a]];
    for (std::size_t b = 0; b < known.size(); ++b) covariance[a][b] = kCovarianceMm2[known[a]][known[b]];
  }
  // Both sides' distributions have one covariance S and the means m and -m: log odds = 2 m' S^-1 x.
  const auto weight = solved(covariance, mean);
  double log_odds = 0.0;
  for (std::size_t a = 0; a < x.size(); ++a) log_odds += 2.0 * weight[a] * x[a];
  if (log_odds == 0.0) return out;
  out.side = log_odds > 0.0 ? Side::kRight : Side::kLeft;
  out.certainty = std::min(kSurest, 1.0 / (1.0 + std::exp(-std::abs(log_odds))));
  for (std::size_t a = 0; a < x.size(); ++a) x[a] -= log_odds > 0.0 ? mean[a] : -mean[a];
  const auto whitened = solved(covariance, x);
  for (std::size_t a = 0; a < x.size(); ++a) out.misfit += whitened[a] * x[a] / static_cast<double>(x.size());
  return out;
}

}  // namespace ledd
