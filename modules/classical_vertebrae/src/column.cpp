#include "column.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::classical {
namespace {

constexpr double kSlabStepMm = 12.0, kReachMm = 24.0, kHalfSlabMm = 6.0;
constexpr double kLeastScore = 0.9;     // a box below it makes a row worse
constexpr double kMostLikeness = 0.85;  // no two bodies are copies
constexpr double kLikenessWeight = 0.8, kUsualLikeness = 0.4, kTurnWeight = 0.0006, kAsideWeight = 0.01;

/// What joining two boxes into a row is worth; a large negative number when they cannot be neighbours.
double joined(const Box& a, const Box& b) {
  constexpr double kNever = -1e6;
  constexpr double kLeastMm = 22.0, kMostMm = 50.0, kMostGapMm = 19.0, kMostTurnDeg = 26.0,
                   kMostSkewDeg = 18.0;
  const double dx = b.x_mm - a.x_mm, dy = b.y_mm - a.y_mm, apart = std::hypot(dx, dy);
  if (dy <= 0.0 || apart < kLeastMm || apart > kMostMm) return kNever;
  if (std::abs(b.z_mm - a.z_mm) > kSlabStepMm + 1.0) return kNever;
  const double gap = apart - 0.5 * (a.height_mm + b.height_mm);
  if (gap < 1.0 || gap > kMostGapMm) return kNever;
  const double skew = std::atan2(-dx, dy) * 180.0 / CV_PI - 0.5 * (a.tilt_deg + b.tilt_deg);
  if (std::abs(skew) > kMostSkewDeg || std::abs(a.tilt_deg - b.tilt_deg) > kMostTurnDeg) return kNever;
  const double depth = a.depth_mm / b.depth_mm, height = a.height_mm / b.height_mm;
  if (depth < 0.72 || depth > 1.39 || height < 0.7 || height > 1.43) return kNever;
  return kLikenessWeight * (std::min(a.look.dot(b.look), kMostLikeness) - kUsualLikeness) -
         kTurnWeight * skew * skew - kAsideWeight * std::abs(b.z_mm - a.z_mm);
}

Column best_row(std::vector<Box> boxes, Polarity polarity) {
  std::stable_sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.y_mm < b.y_mm; });
  Column column;
  column.polarity = polarity;
  if (boxes.empty()) return column;
  std::vector<double> best(boxes.size());
  std::vector<long> above(boxes.size(), -1);
  for (std::size_t j = 0; j < boxes.size(); ++j) {
    const double own = boxes[j].score - kLeastScore;
    best[j] = own;
    for (std::size_t i = 0; i < j; ++i) {
      const double value = best[i] + own + joined(boxes[i], boxes[j]);
      if (value > best[j]) best[j] = value, above[j] = static_cast<long>(i);
    }
  }
  const auto last = std::max_element(best.begin(), best.end());
  column.total = *last;
  for (long n = last - best.begin(); n >= 0; n = above[static_cast<std::size_t>(n)])
    column.boxes.push_back(boxes[static_cast<std::size_t>(n)]);
  std::reverse(column.boxes.begin(), column.boxes.end());
  return column;
}

}  // namespace

double mean_likeness(const std::vector<Box>& boxes) {
  double sum = 0.0;
  for (std::size_t n = 1; n < boxes.size(); ++n) sum += boxes[n - 1].look.dot(boxes[n].look);
  return boxes.size() < 2 ? 0.0 : sum / static_cast<double>(boxes.size() - 1);
}

Column find_column(const Slices& slices) {
  std::vector<double> places_mm;
  const double middle = 0.5 * slices.last_mm();
  for (double z = middle - kReachMm; z <= middle + kReachMm + 1e-6; z += kSlabStepMm)
    if (z > -kHalfSlabMm && z < slices.last_mm() + kHalfSlabMm) places_mm.push_back(z);
  constexpr std::array<Polarity, 2> kBoth{Polarity::kBrighter, Polarity::kDarker};
  std::vector<std::vector<Box>> found(2 * places_mm.size());
  tbb::parallel_for(std::size_t{0}, found.size(), [&](std::size_t n) {
    const double z = places_mm[n / 2];
    found[n] = find_boxes(halved(slices.slab(z, kHalfSlabMm)), z, kBoth[n % 2]);
  });
  std::array<Column, 2> columns;
  tbb::parallel_for(std::size_t{0}, std::size_t{2}, [&](std::size_t sign) {
    std::vector<Box> boxes;
    for (std::size_t n = sign; n < found.size(); n += 2)
      boxes.insert(boxes.end(), found[n].begin(), found[n].end());
    columns[sign] = best_row(std::move(boxes), kBoth[sign]);
  });
  Column best = columns[1].total > columns[0].total ? columns[1] : columns[0];
  for (const Box& box : best.boxes) best.score += box.score / static_cast<double>(best.boxes.size());
  best.likeness = mean_likeness(best.boxes);
  return best;
}

}  // namespace ledd::classical
