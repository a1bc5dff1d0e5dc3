#include "compartments.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace ledd::paraspinal {
namespace {

// Lengths in mm of a spine whose bodies are 34 mm deep, from the middle of the disc's posterior edge.
constexpr double kArchMm = 23.0;           // where muscle may begin behind canal and lamina, in the middle
constexpr double kArchSlope = 0.15;        // and further to the front to the side
constexpr double kHalfArchMm = 22.0;       // how far to the side the arch counts
constexpr double kBehindLaminaMm = 30.0;   // a part that ends before this is bone
constexpr double kBesideMm = 8.0;          // where muscle may begin beside the arch
constexpr double kSpinousMm = 3.0;         // half of a spinous process
constexpr double kSideMm = 76.0;           // how far to the side the group is looked for
constexpr double kDeepestFasciaMm = 24.0;  // the fascia is behind this
constexpr double kNotchMm = 10.0;
constexpr double kMuscleBelow = 0.5;   // fat share
constexpr double kInsideBelow = 0.55;  // at the fascia
constexpr double kBridgeMm = 1.2, kStreakMm = 5.0, kSoftMm = 0.8;
constexpr double kLeastPartMm2 = 40.0, kLeastGroupMm2 = 250.0;
constexpr double kFirstSeptumMm = 11.0, kLastSeptumMm = 45.0, kSeptumMm = 27.0, kSeptumSpreadMm = 12.0;
constexpr double kSeptumShows = 0.06, kRidgeCounts = 0.25, kGapPrice = 0.15, kOffPrice = 0.03,
                 kSeptumBend = 0.05;
constexpr double kBesideSeptumMm = 4.0, kHalfSeptumMm = 0.8;
constexpr double kLeastSeptumLengthMm = 14.0, kLeastSeptumPart = 0.65;

int pixels(double mm2, const Grid& grid) {
  return static_cast<int>(std::lround(mm2 / (grid.step_mm * grid.step_mm)));
}

/// Where the group of the left side may lie.
Flags domain(const FatMap& map, const Grid& grid, const Build& build, const std::vector<int>& fascia_row) {
  Flags out(Flags::zeros(map.fat.size()));
  const double s = build.scale();
  for (int i = grid.column(kSpinousMm * s); i <= grid.column(kSideMm * s); ++i) {
    const double front =
        grid.x_mm(i) < kHalfArchMm * s ? s * kArchMm - kArchSlope * grid.x_mm(i) : s * kBesideMm;
    for (int j = grid.row(front); j <= fascia_row[static_cast<std::size_t>(i)]; ++j) out(j, i) = 255;
  }
  return out;
}

/// Closed over streaks of fat, also over those that reach the fascia.
Flags closed_to_fascia(const Flags& core, const std::vector<int>& fascia_row, const Grid& grid) {
  Flags with_fascia = core.clone();
  const int band = static_cast<int>(std::ceil(2.0 * kStreakMm / grid.step_mm));
  const cv::Rect box = cv::boundingRect(core);
  for (int i = box.x; i < box.x + box.width; ++i) {
    const int first = fascia_row[static_cast<std::size_t>(i)] + 1;
    for (int j = first; j < std::min(core.rows, first + band); ++j) with_fascia(j, i) = 255;
  }
  return closed(with_fascia, kStreakMm / grid.step_mm);
}

/// The path of the septum, one column for each row from `top` on; in front of it all is erector spinae.
struct Septum {
  int top = 0;
  std::vector<int> column;
  double contrast = 0.0;  ///< Mean of what it stands out by.
  double part = 0.0;      ///< Share of the rows where it stands out at all.
  double length_mm = 0.0;
};

/// How much more fat there is than on both sides.
double ridge(const Plane& fat, int row, int column, const Grid& grid) {
  const int side = static_cast<int>(std::lround(kBesideSeptumMm / grid.step_mm));
  const auto mean = [&](int from, int to) {
    double sum = 0;
    for (int i = from; i <= to; ++i) sum += static_cast<double>(fat(row, std::clamp(i, 0, fat.cols - 1)));
    return sum / (to - from + 1);
  };
  const int gap = std::max(2, side / 2);
  const double left = mean(column - side, column - gap), right = mean(column + gap, column + side);
  return std::clamp(static_cast<double>(fat(row, column)) - std::max(left, right), -0.2, 0.6);
}

Septum find_septum(const FatMap& map, const Flags& group, const Grid& grid, double scale) {
  Septum septum;
  const cv::Rect box = cv::boundingRect(group);
  const int first = grid.column(kFirstSeptumMm * scale), last = grid.column(kLastSeptumMm * scale);
  const Plane fat = smoothed(map.fat, map.tissue, 0.5);
  // Multifidus lies behind the arch.
  septum.top = std::max(box.y, grid.row((kArchMm - kArchSlope * kHalfArchMm) * scale));
  const int height = box.y + box.height - septum.top;
  if (height < 4) return septum;
  Plane score(height, last - first + 1), bare(height, last - first + 1);
  for (int r = 0; r < score.rows; ++r)
    for (int c = 0; c < score.cols; ++c) {
      const int row = septum.top + r, column = first + c;
      const bool inside = group(row, column) != 0;
      const double off = (grid.x_mm(column) - kSeptumMm * scale) / (kSeptumSpreadMm * scale);
      const double here = inside ? ridge(fat, row, column, grid) : 0.0;
      bare(r, c) = static_cast<float>(here);
      // A long faint line is a septum, a few bright streaks are none.
      const double gap = inside && here < kSeptumShows ? kGapPrice : 0.0;
      score(r, c) = static_cast<float>(std::min(here, kRidgeCounts) - gap - kOffPrice * off * off);
    }
  const auto path = best_path(score, kSeptumBend, 1);
  double sum = 0, strong = 0, rows = 0;
  for (int r = 0; r < score.rows; ++r) {
    const int c = path[static_cast<std::size_t>(r)];
    septum.column.push_back(first + c);
    if (group(septum.top + r, first + c) == 0) continue;
    rows += 1;
    sum += static_cast<double>(bare(r, c));
    strong += bare(r, c) > static_cast<float>(kSeptumShows) ? 1 : 0;
  }
  septum.length_mm = rows * grid.step_mm;
  if (rows > 0) septum.contrast = sum / rows, septum.part = strong / rows;
  return septum;
}

void part_at(const Septum& septum, const FatMap& map, const Grid& grid, Extensors& out) {
  Flags inner(Flags::zeros(map.fat.size())), outer = out.both.mask.clone();
  outer.rowRange(septum.top, outer.rows).setTo(0);
  for (std::size_t r = 0; r < septum.column.size(); ++r) {
    const int row = septum.top + static_cast<int>(r);
    for (int i = 0; i < grid.nx; ++i) {
      if (out.both.mask(row, i) == 0) continue;
      const double off = grid.step_mm * (i - septum.column[r]);
      if (std::fabs(off) < kHalfSeptumMm && map.fat(row, i) > 0.4F) continue;  // the septum itself
      (off < 0 ? inner : outer)(row, i) = 255;
    }
  }
  const int least = pixels(kLeastPartMm2, grid);
  out.multifidus.mask = large_parts(opened(inner, kBridgeMm / grid.step_mm), least);
  out.erector_spinae.mask = large_parts(opened(outer, kBridgeMm / grid.step_mm), least);
  for (Region* one : {&out.multifidus, &out.erector_spinae})
    if (cv::countNonZero(one->mask) == 0) one->problem = "no such muscle is left beside the septum";
}

/// A fascia is taut: fat that dents it over less than twice the reach lies in the muscle.
std::vector<int> without_notches(const std::vector<int>& rows, int reach) {
  const auto extreme = [reach](const std::vector<int>& in, bool largest) {
    std::vector<int> out;
    const int n = static_cast<int>(in.size());
    for (int i = 0; i < n; ++i) {
      const auto from = in.begin() + std::max(0, i - reach), to = in.begin() + std::min(n, i + reach + 1);
      out.push_back(largest ? *std::max_element(from, to) : *std::min_element(from, to));
    }
    return out;
  };
  return extreme(extreme(rows, true), false);
}

/// Without the lamina: as dark as muscle on a T2, parted from it by a line of fat, and not as deep.
Flags without_lamina(const Flags& core, const Grid& grid, double scale) {
  cv::Mat_<int> part, stats;
  cv::Mat_<double> centres;
  const int n = cv::connectedComponentsWithStats(core, part, stats, centres, 8, CV_32S);
  Flags out = core.clone();
  for (int i = 1; i < n; ++i) {
    const int last_row = stats(i, cv::CC_STAT_TOP) + stats(i, cv::CC_STAT_HEIGHT) - 1;
    if (grid.y_mm(last_row) < kBehindLaminaMm * scale &&
        grid.x0_mm + grid.step_mm * centres(i, 0) < kHalfArchMm * scale)
      out.setTo(0, part == i);
  }
  return out;
}

}  // namespace

std::vector<int> fascia(const FatMap& map, const Grid& grid, const Build& build) {
  const double s = build.scale();
  const int first = grid.column(-kSideMm * s), last = grid.column(kSideMm * s);
  const int top = grid.row(kDeepestFasciaMm * s);
  const Plane fat = smoothed(map.fat, map.tissue, kSoftMm / grid.step_mm);
  Plane score(last - first + 1, grid.ny - top, 0.0F);  // a row for each column of the section
  for (int i = first; i <= last; ++i) {
    float sum = 0.0F;
    for (int j = top; j < grid.ny; ++j) {
      if (map.tissue(j, i) != 0) sum += static_cast<float>(kInsideBelow) - fat(j, i);
      if (map.seen(j, i) == 0) sum -= 1.0F;
      score(i - first, j - top) = sum;
    }
  }
  const auto path = best_path(score, 0.5, 6);
  std::vector<int> rows(static_cast<std::size_t>(grid.nx), 0);
  for (int i = 0; i < grid.nx; ++i)
    rows[static_cast<std::size_t>(i)] =
        top + path[static_cast<std::size_t>(std::clamp(i, first, last) - first)];
  rows = without_notches(rows, static_cast<int>(std::lround(kNotchMm / grid.step_mm)));
  return rows;
}

std::string cut_by_border(const Flags& mask, const FatMap& map) {
  const Flags outside(255 - map.seen);
  if (cv::countNonZero(Flags(grown(mask, 1.5) & outside)) > 3) return "the border of the image cuts it";
  const cv::Rect box = cv::boundingRect(mask);
  const bool at_edge =
      box.x <= 0 || box.y <= 0 || box.x + box.width >= mask.cols || box.y + box.height >= mask.rows;
  return at_edge && box.area() > 0 ? "it reaches further than is looked" : "";
}

Extensors extensors(const FatMap& right_map,
                    const Grid& grid,
                    const Build& build,
                    const std::vector<int>& fascia_row,
                    int side) {
  // The section is symmetric about its zero: the right side is worked on in the mirror.
  FatMap map = right_map;
  map.fat = one_side(right_map.fat, side);
  map.tissue = one_side(right_map.tissue, side);
  map.seen = one_side(right_map.seen, side);
  std::vector<int> rows = fascia_row;
  if (side < 0) std::reverse(rows.begin(), rows.end());
  Extensors out;
  const auto refuse = [&](const std::string& why) {
    out.both.problem = out.multifidus.problem = out.erector_spinae.problem = why;
    return out;
  };
  const Flags where = domain(map, grid, build, rows);
  if (cv::countNonZero(where) == 0) return refuse("no muscle lies behind the vertebral arch");
  if (cv::countNonZero(Flags(where & map.seen)) < 0.9 * cv::countNonZero(where))
    return refuse("it is not in view: the border of the image cuts its place");
  const Plane soft = smoothed(map.fat, map.tissue, kSoftMm / grid.step_mm);
  const Flags lean(map.tissue & where & Flags(soft < kMuscleBelow));
  const Flags parts = large_parts(opened(lean, kBridgeMm / grid.step_mm), pixels(kLeastPartMm2, grid));
  const Flags core = without_lamina(parts, grid, build.scale());
  out.both.mask = without_holes(closed_to_fascia(core, rows, grid)) & where;
  out.both.mask = large_parts(out.both.mask, pixels(kLeastPartMm2, grid));
  const int found = cv::countNonZero(out.both.mask);
  if (found < pixels(kLeastGroupMm2, grid))
    return refuse(fmt::format("only {:.0f} mm2 of muscle found behind the vertebral arch",
                              found * grid.step_mm * grid.step_mm));
  if (const auto cut = cut_by_border(out.both.mask, map); !cut.empty()) return refuse(cut);

  const Septum septum = find_septum(map, out.both.mask, grid, build.scale());
  if (septum.contrast < build.min_septum || septum.part < kLeastSeptumPart ||
      septum.length_mm < kLeastSeptumLengthMm) {
    const std::string why = fmt::format(
        "no septum shows between multifidus and erector spinae: it stands out by a fat share of {:.2f}, "
        "{:.2f} "
        "are needed; both together are measured",
        septum.contrast,
        build.min_septum);
    out.multifidus.problem = out.erector_spinae.problem = why;
  } else {
    part_at(septum, map, grid, out);
  }
  for (Region* one : {&out.both, &out.multifidus, &out.erector_spinae})
    if (one->problem.empty()) one->mask = one_side(one->mask, side);
  return out;
}

}  // namespace ledd::paraspinal
