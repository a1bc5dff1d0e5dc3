#include "ledd/cases/harmonise.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/measurement/estimate.h"

#include "batches.h"
#include "visit_of.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

void require_options(const HarmoniseOptions& options) {
  const bool combat = options.method == Harmonisation::kCombat;
  require(combat || !options.phantom.empty(),
          Errc::kParam,
          "phantom harmonisation needs the phantom's values (--phantom FILE.csv)");
  require(combat || options.preserve.empty(), Errc::kParam, "--preserve is for --method combat");
  require(!combat || options.phantom.empty(), Errc::kParam, "--phantom is for --method phantom");
  require(options.preserve.empty() || !options.covariates.empty(),
          Errc::kParam,
          "to preserve a covariate it must be known (--covariates FILE.csv)");
  require(options.covariates.empty() || !options.preserve.empty(),
          Errc::kParam,
          "--covariates without --preserve: say which of its columns are to be preserved");
}

void create(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  require(!problem,
          problem == std::errc::permission_denied ? Errc::kPermission : Errc::kCreate,
          fmt::format("{}: {}", folder.string(), problem.message()));
}

}  // namespace

const std::string& batch_of(const Finished& one, BatchBy by) {
  return by == BatchBy::kScanner ? one.endpoints.info.scanner : one.endpoints.info.site;
}

Feature feature_of(const Measurement& m, const Finished& one) {
  return {
      m.endpoint, m.region, m.statistic, m.unit, definition_of(m.endpoint, one.endpoints.definitions).method};
}

Harmonised raw_rows(const std::vector<const Finished*>& cases, BatchBy by) {
  Harmonised all;
  for (const Finished* one : cases) {
    auto& rows = all.rows.emplace_back();
    for (const Measurement& m : one->endpoints.measurements) {
      store::HarmonisedRow row;
      row.measurement = m;
      row.method = feature_of(m, *one).method;
      row.batch = batch_of(*one, by);
      if (!m.value)
        row.reason = "not measured";
      else if (is_error_row(m))
        row.reason = "the error of another row: it stays as it is";
      else if (row.batch.empty())
        row.reason = by == BatchBy::kScanner ? "its scanner is not known" : "its site is not known";
      rows.push_back(std::move(row));
    }
  }
  return all;
}

HarmoniseSummary harmonise(const HarmoniseOptions& options) {
  require_options(options);
  require_output(options.out);
  const auto cases = finished_cases(options.out);
  std::map<std::string, std::vector<const Finished*>> by_pipeline;
  for (const Finished& one : cases)
    if (options.pipeline.empty() || one.provenance.pipeline == options.pipeline)
      by_pipeline[one.provenance.pipeline].push_back(&one);
  require(!by_pipeline.empty(),
          Errc::kNotFound,
          fmt::format("{}: there is no finished case{}",
                      options.out.string(),
                      options.pipeline.empty() ? "" : " of " + options.pipeline));
  const bool combat = options.method == Harmonisation::kCombat;
  std::optional<PhantomLines> lines;
  if (!combat) lines.emplace(options);
  std::vector<store::HarmonisedCase> table;
  std::vector<store::BatchRow> batches;
  HarmoniseSummary summary;
  for (const auto& [pipeline, of] : by_pipeline) {
    Harmonised found = raw_rows(of, options.by);
    if (combat)
      harmonise_by_combat(of, options, found);
    else
      lines->harmonise(of, found);
    std::size_t before = summary.harmonised, values = 0;
    for (std::size_t n = 0; n < of.size(); ++n) {
      for (const auto& row : found.rows[n]) {
        values += row.measurement.value ? 1U : 0U;
        summary.harmonised += row.harmonised ? 1U : 0U;
      }
      table.push_back({of[n]->endpoints.info, std::move(found.rows[n])});
    }
    summary.values += values;
    summary.notes.push_back(fmt::format(
        "{}: {} cases, {} values, {} harmonised", pipeline, of.size(), values, summary.harmonised - before));
    for (auto& row : found.batches) {
      row.pipeline = pipeline;
      batches.push_back(std::move(row));
    }
  }
  create(options.to);
  files::write_bytes(store::harmonised_csv(table, combat ? "combat" : "phantom"),
                     options.to / "harmonised.csv");
  files::write_bytes(store::batches_csv(batches), options.to / "harmonisation.csv");
  return summary;
}

}  // namespace ledd::cases
