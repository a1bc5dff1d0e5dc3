#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/store/store.h"

namespace ledd::cases {

/// Version of Ledd, as in `ledd --version`.
std::string version();

/// All cases of an output folder, finished or set aside, sorted by case id.
/// @throws Error{kNotFound}  `out` holds no output of Ledd.
/// @throws Error{kFormat}    a record in it is malformed.
std::vector<store::StatusRow> read_status(const std::filesystem::path& out);

/// Writes index.html, group.html, status.csv, endpoints.csv, endpoints.sqlite, data_dictionary.csv and
/// dataset_description.json from the case folders in `out`: all are written and synced beside their places,
/// then renamed in a row. Waits while another process does.
/// @throws Error{kFormat, kCreate, kIo, kPermission}
void write_overview(const std::filesystem::path& out);

/// The same, but does nothing when they are there and no case changed since they were written. False then.
/// @throws Error{kFormat, kCreate, kIo, kPermission}
bool refresh_overview(const std::filesystem::path& out);

/// Writes the same over the cases of several output folders into `to`, which may be one of them. Of one
/// folder the tables are the bytes that its runs wrote, and so are the pages when `to` is that folder; from
/// elsewhere their links lead there. Nothing in `to` changes when a record is malformed.
/// @return                   Number of finished cases.
/// @throws Error{kInput}     two of them hold a case of the same id with different endpoints.
/// @throws Error{kNotFound, kFormat, kCreate, kIo, kPermission}
std::size_t collect(const std::vector<std::filesystem::path>& outs, const std::filesystem::path& to);

}  // namespace ledd::cases
