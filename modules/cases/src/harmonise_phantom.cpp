#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/statistics/cross_calibration.h"
#include "ledd/store/text_table.h"

#include "batches.h"

namespace ledd::cases {
namespace {

using Key = std::pair<std::string, std::string>;  // batch, endpoint

/// One phantom part on one scanner.
struct Point {
  std::string part;
  double value = 0.0;
  std::optional<double> reference;
};

double number_of(const std::string& cell, const std::string& where) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  require(error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value),
          Errc::kFormat,
          fmt::format("{}: '{}' is not a number", where, cell));
  return value;
}

std::map<Key, std::vector<Point>> read_points(const HarmoniseOptions& options) {
  std::map<Key, std::vector<Point>> points;
  try {
    const auto table = store::parse_table(files::read_bytes(options.phantom));
    const std::size_t batch = table.column(options.by == BatchBy::kScanner ? "scanner" : "site");
    const std::size_t endpoint = table.column("endpoint"), part = table.column("part");
    const std::size_t value = table.column("value");
    std::optional<std::size_t> reference;
    if (options.reference.empty()) reference = table.column("reference");
    for (std::size_t n = 0; n < table.rows.size(); ++n) {
      const auto& row = table.rows[n];
      const std::string where = fmt::format("row {}", n + 2);
      Point point{row[part], number_of(row[value], where), {}};
      if (reference) point.reference = number_of(row[*reference], where);
      points[{row[batch], row[endpoint]}].push_back(point);
    }
  } catch (const Error& e) {
    throw e.within(options.phantom.string());
  }
  return points;
}

/// What the reference batch gave each part, on average: endpoint and part -> value.
std::map<Key, double> reference_values(const std::map<Key, std::vector<Point>>& points,
                                       const std::string& reference) {
  std::map<Key, std::pair<double, double>> sums;
  for (const auto& [key, of] : points)
    if (key.first == reference)
      for (const Point& point : of) {
        auto& [sum, count] = sums[{key.second, point.part}];
        sum += point.value;
        count += 1.0;
      }
  require(reference.empty() || !sums.empty(),
          Errc::kParam,
          fmt::format("--reference: the phantom file says nothing of '{}'", reference));
  std::map<Key, double> means;
  for (const auto& [key, sum] : sums) means[key] = sum.first / sum.second;
  return means;
}

/// Whether a line for values holds for a statistic too; of a spread, the offset does not.
bool on_the_line(const std::string& statistic) {
  static const std::set<std::string> all{"value", "mean", "median", "min", "max"};
  return all.contains(statistic);
}

}  // namespace

struct PhantomLines::Line {
  std::optional<statistics::LinearMap> map;
  std::string reason;  ///< Why there is none.
  std::size_t points = 0;
};

PhantomLines::PhantomLines(const HarmoniseOptions& options) : reference_(options.reference) {
  const auto points = read_points(options);
  const auto means = reference_values(points, reference_);
  for (const auto& [key, of] : points) {
    std::vector<double> scanned, wanted;
    for (const Point& point : of) {
      const auto mean = means.find({key.second, point.part});
      if (!point.reference && mean == means.end()) continue;  // a part that the reference never scanned
      scanned.push_back(point.value);
      wanted.push_back(point.reference ? *point.reference : mean->second);
    }
    Line line{{}, "", scanned.size()};
    try {
      line.map = statistics::cross_calibration(scanned, wanted);
    } catch (const Error& e) {
      line.reason = e.what();
    }
    lines_[key] = line;
  }
}

PhantomLines::~PhantomLines() = default;

void PhantomLines::harmonise(const std::vector<const Finished*>& cases, Harmonised& to) const {
  std::map<std::pair<Feature, std::string>, std::size_t> counts;
  for (std::size_t c = 0; c < cases.size(); ++c)
    for (const auto& row : to.rows[c])
      if (row.reason.empty()) ++counts[{feature_of(row.measurement, *cases[c]), row.batch}];
  for (std::size_t c = 0; c < cases.size(); ++c)
    for (auto& row : to.rows[c]) {
      if (!row.reason.empty()) continue;
      const double value = *row.measurement.value;
      row.samples = counts.at({feature_of(row.measurement, *cases[c]), row.batch});
      if (!on_the_line(row.measurement.statistic)) {
        row.reason = fmt::format("a line for values does not apply to {}", row.measurement.statistic);
        continue;
      }
      const auto at = lines_.find({row.batch, row.measurement.endpoint});
      if (at == lines_.end()) {
        row.reason = "the phantom file says nothing of this endpoint and batch";
      } else if (row.batch == reference_) {
        row.harmonised = value;
      } else if (!at->second.map) {
        row.reason = at->second.reason;
      } else {
        const auto& map = *at->second.map;
        row.harmonised = map(value);
        if (map.extrapolates(value))
          row.reason =
              fmt::format("beyond what the phantom covers ({:g} to {:g})", map.scanned.low, map.scanned.high);
      }
    }
  for (const auto& [key, line] : lines_) {
    store::BatchRow row{
        "", key.second, "", "", "", "", key.first, line.points, {}, {}, {}, {}, {}, {}, line.reason};
    if (line.map) {
      row.shift = row.shift_used = line.map->offset;
      row.shift_se = line.map->offset_se;
      row.scale = row.scale_used = line.map->slope;
      row.scale_se = line.map->slope_se;
    }
    bool wanted = false;
    for (const auto& [of, count] : counts) wanted = wanted || of.first.endpoint == key.second;
    if (wanted) to.batches.push_back(std::move(row));
  }
}

}  // namespace ledd::cases
