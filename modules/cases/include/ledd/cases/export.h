#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/store/export.h"

namespace ledd::cases {

enum class ExportFormat {
  kCsv,     ///< A row per value.
  kWide,    ///< A row per case.
  kRedcap,  ///< Import files, data dictionary, event map.
  kSqlite,
};

struct ExportOptions {
  ExportFormat format = ExportFormat::kCsv;
  store::Selection selection;
  store::RedcapOptions redcap;
};

struct Exported {
  std::size_t cases = 0;           ///< That the files are about.
  std::size_t rows = 0;            ///< Values and gaps, before what the quality leaves out.
  std::size_t left_out = 0;        ///< Of these, rows left out for their quality.
  std::size_t without_record = 0;  ///< Cases that REDCap cannot take: left_out.csv says why.
  std::vector<std::string> files;
};

/// Writes the results of output folders in the shape asked for. `to` appears whole or not at all. A folder
/// that an export wrote is replaced in one step; any other that is not empty, or in which a file was changed
/// or added, is left alone. export.json in it lists the files with their digests.
/// @throws Error{kParam}   as store::select.
/// @throws Error{kInput}   as the format's function, or as collect().
/// @throws Error{kCreate}  `to` holds something else.
/// @throws Error{kNotFound, kFormat, kIo, kPermission}
Exported export_tables(const std::vector<std::filesystem::path>& outs,
                       const ExportOptions& options,
                       const std::filesystem::path& to);

}  // namespace ledd::cases
