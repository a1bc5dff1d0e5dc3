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

/// Writes index.html, status.csv, endpoints.csv, endpoints.sqlite, data_dictionary.csv and
/// dataset_description.json from the case folders in `out`; waits while another process does.
/// @throws Error{kFormat, kCreate, kIo, kPermission}
void write_overview(const std::filesystem::path& out);

/// The same, but does nothing when they are there and no case changed since they were written. False then.
/// @throws Error{kFormat, kCreate, kIo, kPermission}
bool refresh_overview(const std::filesystem::path& out);

/// Writes the tables (not the pages) over the cases of several output folders into `to`.
/// @throws Error{kInput}  two of them hold a case of the same id with different endpoints.
/// @throws Error{kNotFound, kFormat, kCreate, kIo, kPermission}
std::size_t collect(const std::vector<std::filesystem::path>& outs, const std::filesystem::path& to);

}  // namespace ledd::cases
