#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/statistics/combat.h"
#include "ledd/store/text_table.h"

#include "batches.h"

namespace ledd::cases {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::optional<double> number_of(const std::string& cell) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  const bool whole = error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

/// The columns to preserve, by case id or subject.
struct CovariateFile {
  bool by_case = false;
  std::map<std::string, std::vector<std::string>> cells;  ///< In the order of `preserve`.

  const std::vector<std::string>* of(const Finished& one) const {
    const auto at = cells.find(by_case ? one.provenance.case_id : one.endpoints.info.subject);
    return at == cells.end() ? nullptr : &at->second;
  }
};

CovariateFile read_covariates(const HarmoniseOptions& options) {
  CovariateFile file;
  if (options.covariates.empty()) return file;
  try {
    const auto table = store::parse_table(files::read_bytes(options.covariates));
    file.by_case = std::find(table.columns.begin(), table.columns.end(), "case_id") != table.columns.end();
    const std::size_t key = table.column(file.by_case ? "case_id" : "subject");
    std::vector<std::size_t> at;
    for (const auto& name : options.preserve) at.push_back(table.column(name));
    for (const auto& row : table.rows) {
      std::vector<std::string> cells;
      cells.reserve(at.size());
      for (const std::size_t column : at) cells.push_back(row[column]);
      const auto [held, is_new] = file.cells.emplace(row[key], cells);
      require(is_new || held->second == cells,
              Errc::kInput,
              fmt::format("{} '{}' stands twice with other values", table.columns[key], row[key]));
    }
  } catch (const Error& e) {
    throw e.within(options.covariates.string());
  }
  return file;
}

/// Samples and features of one pipeline, as combat() takes them.
struct Input {
  struct Sample {
    std::size_t of_case;
    std::string side;
    bool operator<(const Sample& other) const {
      return std::tie(of_case, side) < std::tie(other.of_case, other.side);
    }
  };
  std::vector<Sample> samples;
  std::vector<std::size_t> batch;
  std::vector<std::string> batches;
  std::vector<statistics::Covariate> covariates;
  std::vector<Feature> features;
  statistics::Table values;
  /// Where the value of a row went: feature and sample.
  std::map<std::pair<std::size_t, std::size_t>, std::pair<std::size_t, std::size_t>> places;
};

/// Numbers as one column, categories as one for each but the first.
void add_covariate(const std::string& name, const std::vector<std::string>& cells, Input& input) {
  statistics::Covariate column{name, {}};
  for (const auto& cell : cells)
    if (const auto number = number_of(cell)) column.values.push_back(*number);
  if (column.values.size() == cells.size()) {
    input.covariates.push_back(std::move(column));
    return;
  }
  const std::set<std::string> levels(cells.begin(), cells.end());
  require(levels.size() > 1,
          Errc::kInput,
          fmt::format("the covariate {} is the same in all samples: leave it out", name));
  for (auto level = std::next(levels.begin()); level != levels.end(); ++level) {
    statistics::Covariate one{fmt::format("{} ({})", name, *level), {}};
    for (const auto& cell : cells) one.values.push_back(cell == *level ? 1.0 : 0.0);
    input.covariates.push_back(std::move(one));
  }
}

/// Why a case cannot take part; empty when it can.
std::string missing(const Finished& one, const CovariateFile& file, const HarmoniseOptions& options) {
  if (options.preserve.empty()) return "";
  const auto* cells = file.of(one);
  if (cells == nullptr) return fmt::format("{} has no row of it", options.covariates.filename().string());
  for (std::size_t n = 0; n < cells->size(); ++n)
    if ((*cells)[n].empty()) return fmt::format("its covariate {} is missing", options.preserve[n]);
  return "";
}

Input gather(const std::vector<const Finished*>& cases, const HarmoniseOptions& options, Harmonised& to) {
  const CovariateFile file = read_covariates(options);
  Input input;
  std::map<Input::Sample, std::size_t> samples;
  std::map<Feature, std::size_t> features;
  std::set<std::string> names;
  for (const Finished* one : cases)
    if (!batch_of(*one, options.by).empty()) names.insert(batch_of(*one, options.by));
  input.batches.assign(names.begin(), names.end());
  std::vector<std::vector<std::string>> cells(options.preserve.size());
  for (std::size_t c = 0; c < cases.size(); ++c) {
    const std::string without = missing(*cases[c], file, options);
    for (std::size_t r = 0; r < to.rows[c].size(); ++r) {
      auto& row = to.rows[c][r];
      if (!row.reason.empty()) continue;
      row.reason = without;
      if (!without.empty()) continue;
      const auto [sample, is_new] = samples.try_emplace({c, row.measurement.side}, samples.size());
      if (is_new) {
        input.samples.push_back(sample->first);
        input.batch.push_back(static_cast<std::size_t>(
            std::lower_bound(input.batches.begin(), input.batches.end(), row.batch) - input.batches.begin()));
        for (std::size_t n = 0; n < cells.size(); ++n) cells[n].push_back((*file.of(*cases[c]))[n]);
      }
      const Feature feature = feature_of(row.measurement, *cases[c]);
      const auto f = features.try_emplace(feature, features.size()).first->second;
      if (f == input.features.size()) input.features.push_back(feature);
      input.places[{c, r}] = {f, sample->second};
    }
  }
  for (std::size_t n = 0; n < cells.size() && !input.samples.empty(); ++n)
    add_covariate(options.preserve[n], cells[n], input);
  input.values.assign(features.size(), std::vector<double>(samples.size(), kNone));
  for (const auto& [from, place] : input.places)
    input.values[place.first][place.second] = *to.rows[from.first][from.second].measurement.value;
  return input;
}

/// Why no value of the pipeline can be harmonised; empty when some may.
std::string obstacle(const Input& input, const HarmoniseOptions& options) {
  const std::set<std::size_t> present(input.batch.begin(), input.batch.end());
  const char* what = options.by == BatchBy::kScanner ? "scanner" : "site";
  if (present.size() < 2) return fmt::format("all cases are of one {}", what);
  if (options.empirical_bayes && input.values.size() < 2)
    return "empirical Bayes draws endpoints to each other and there is one; do without it (--no-eb)";
  return "";
}

std::optional<std::size_t> reference_of(const Input& input, const HarmoniseOptions& options) {
  if (options.reference.empty()) return std::nullopt;
  const auto at = std::find(input.batches.begin(), input.batches.end(), options.reference);
  require(at != input.batches.end(),
          Errc::kParam,
          fmt::format("--reference: no case is of '{}'", options.reference));
  return static_cast<std::size_t>(at - input.batches.begin());
}

store::BatchRow batch_row(const Feature& feature,
                          const std::string& batch,
                          const statistics::BatchEffect& effect,
                          double sd) {
  store::BatchRow row{"",
                      feature.endpoint,
                      feature.region,
                      feature.statistic,
                      feature.unit,
                      feature.method,
                      batch,
                      effect.samples,
                      {},
                      {},
                      {},
                      {},
                      {},
                      {},
                      effect.reason};
  if (!effect.reason.empty()) return row;
  row.shift = effect.shift * sd;
  row.shift_used = effect.shift_used * sd;
  row.scale = std::sqrt(effect.variance);
  row.scale_used = std::sqrt(effect.variance_used);
  return row;
}

}  // namespace

void harmonise_by_combat(const std::vector<const Finished*>& cases,
                         const HarmoniseOptions& options,
                         Harmonised& to) {
  const Input input = gather(cases, options, to);
  const std::string none = obstacle(input, options);
  if (!none.empty()) {
    for (const auto& [from, place] : input.places) to.rows[from.first][from.second].reason = none;
    return;
  }
  statistics::CombatOptions how;
  how.empirical_bayes = options.empirical_bayes;
  how.least_samples = options.least_samples;
  how.reference = reference_of(input, options);
  const auto found = statistics::combat(input.values, input.batch, input.covariates, how);
  for (const auto& [from, place] : input.places) {
    auto& row = to.rows[from.first][from.second];
    const auto& effect = found.effects[place.first][input.batch[place.second]];
    row.samples = effect.samples;
    row.reason = effect.reason;
    if (!effect.reason.empty()) continue;
    row.harmonised = found.values[place.first][place.second];
    if (*row.measurement.value >= 0.0 && *row.harmonised < 0.0)
      row.reason = "the harmonised value is below zero and the raw one is not";
  }
  for (std::size_t f = 0; f < input.features.size(); ++f)
    for (std::size_t b = 0; b < found.effects[f].size(); ++b)
      to.batches.push_back(
          batch_row(input.features[f], input.batches[b], found.effects[f][b], found.pooled_sd[f]));
}

}  // namespace ledd::cases
