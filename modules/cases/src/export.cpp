#include "ledd/cases/export.h"

#include "gathered.h"
#include "whole_folder.h"

namespace ledd::cases {
namespace {

using Cases = std::vector<store::CaseEndpoints>;

std::size_t rows_in(const Cases& cases) {
  std::size_t rows = 0;
  for (const auto& one : cases) rows += one.measurements.size();
  return rows;
}

/// Tables with a cell for each row keep those that are not wanted, empty and with the reason.
store::Unwanted unwanted_in(ExportFormat format) {
  const bool a_row_each = format == ExportFormat::kCsv || format == ExportFormat::kSqlite;
  return a_row_each ? store::Unwanted::kDropped : store::Unwanted::kEmptied;
}

std::size_t values_below(const Cases& cases, store::Selection::Quality least) {
  std::size_t rows = 0;
  for (const auto& one : cases)
    for (const Measurement& m : one.measurements)
      rows += (least == store::Selection::Quality::kGood && m.quality != Quality::kGood) ||
              (least == store::Selection::Quality::kUncertain && m.quality == Quality::kFailed);
  return rows;
}

std::vector<store::TableFile> files_of(const Cases& cases, const ExportOptions& options) {
  switch (options.format) {
    case ExportFormat::kCsv: return store::csv_files(cases);
    case ExportFormat::kWide: return store::wide_files(cases);
    case ExportFormat::kRedcap: return store::redcap_files(cases, options.redcap);
    case ExportFormat::kSqlite: return store::sqlite_files(cases);
  }
  return {};
}

}  // namespace

Exported export_tables(const std::vector<std::filesystem::path>& outs,
                       const ExportOptions& options,
                       const std::filesystem::path& to) {
  store::Selection rows_wanted = options.selection;
  rows_wanted.quality = store::Selection::Quality::kAll;
  Cases cases = store::select(gather(outs).take_endpoints(), rows_wanted, store::Unwanted::kDropped);
  Exported exported;
  exported.cases = cases.size();
  exported.rows = rows_in(cases);
  exported.left_out = values_below(cases, options.selection.quality);
  store::Selection quality;
  quality.quality = options.selection.quality;
  cases = store::select(std::move(cases), quality, unwanted_in(options.format));
  const auto files = files_of(cases, options);
  for (const auto& file : files) exported.files.push_back(file.name);
  if (options.format == ExportFormat::kRedcap)
    for (const auto& one : cases)
      exported.without_record += store::why_no_record(one.info, options.redcap).empty() ? 0U : 1U;
  write_whole_folder(files, "export.json", to);
  return exported;
}

}  // namespace ledd::cases
