#include "error_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ledd {
namespace {

const char* name_of(ErrorTable::Unit unit) {
  switch (unit) {
    case ErrorTable::Unit::kMm: return "mm";
    case ErrorTable::Unit::kDeg: return "deg";
    case ErrorTable::Unit::kPercent: return "%";
    case ErrorTable::Unit::kCm3: return "cm3";
  }
  return "";
}

/// The value below which a part of all lies.
double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double place = part * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (place - static_cast<double>(low)) * (values[high] - values[low]);
}

}  // namespace

ErrorTable::Row& ErrorTable::row(const std::string& measure, Unit unit) {
  for (Row& r : rows_)
    if (r.measure == measure) return r;
  rows_.push_back({measure, unit, {}, 0, 0});
  return rows_.back();
}

void ErrorTable::add(const std::string& measure, Unit unit, Entry entry) {
  row(measure, unit).entries.push_back(std::move(entry));
}

void ErrorTable::refused(const std::string& measure, Unit unit) {
  ++row(measure, unit).refused;
}

void ErrorTable::doubted(const std::string& measure, Unit unit) {
  ++row(measure, unit).doubted;
}

void ErrorTable::print(const Row& row) {
  if (row.entries.empty()) {
    fmt::print("{:15} {:>5} {:>5} none measured\n", row.measure, 0, row.refused);
    return;
  }
  std::vector<double> sizes, halves;
  double sum = 0.0, size = 0.0;
  int within = 0, covered = 0;
  for (const Entry& e : row.entries) {
    sizes.push_back(std::abs(e.error));
    halves.push_back(std::abs(e.error) / e.limit);
    sum += e.error, size += std::abs(e.error);
    within += std::abs(e.error) <= e.limit ? 1 : 0;
    covered += std::abs(e.error) <= 2.0 * e.se ? 1 : 0;
  }
  const auto n = static_cast<double>(row.entries.size());
  const auto worst_at = std::max_element(sizes.begin(), sizes.end());
  const double worst = *worst_at;
  const std::string voxels =
      row.unit == Unit::kMm ? fmt::format("{:.2f}", 0.5 * *std::max_element(halves.begin(), halves.end()))
                            : "";
  fmt::print(
      "{:15} {:>5} {:>5} {:>5}  {:>6.3f} {:>+7.3f} {:>6.3f} {:>6.3f} {:>4} {:>6}  {:>6.1f} %  {:>6.1f} %  "
      "{}\n",
      row.measure,
      row.entries.size(),
      row.refused,
      row.doubted,
      size / n,
      sum / n,
      quantile(sizes, 0.95),
      worst,
      name_of(row.unit),
      voxels,
      100.0 * within / n,
      100.0 * covered / n,
      row.entries[static_cast<std::size_t>(worst_at - sizes.begin())].where);
}

void ErrorTable::print() const {
  fmt::print("{:15} {:>5} {:>5} {:>5}  {:>6} {:>7} {:>6} {:>6} {:>4} {:>6}  {:>8}  {:>8}  {}\n",
             "measure",
             "n",
             "fail",
             "doubt",
             "MAE",
             "bias",
             "p95",
             "worst",
             "",
             "voxels",
             "limit",
             "2 se",
             "worst at");
  for (const Row& r : rows_) print(r);
  fmt::print(
      "limit: share within half an in-plane voxel, or 1 degree; 2 se: share within two standard errors as "
      "given.\nvoxels: the worst error in in-plane voxels.\n");
}

void ErrorTable::print_entries() const {
  for (const Row& r : rows_)
    for (const Entry& e : r.entries)
      fmt::print("{},{},{:.5f},{:.5f},{:.5f}\n", r.measure, e.where, e.error, e.se, e.limit);
}

}  // namespace ledd
