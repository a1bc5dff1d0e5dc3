#pragma once
#include <filesystem>
#include <string>

namespace ledd::cases {

/// What the tables over all cases are made from: names, sizes, times and inodes of every case's records.
std::string print_sources(const std::filesystem::path& out);

/// Whether the tables stand as they were written, from the records as they are now. Costs a few stats a case.
bool tables_are_current(const std::filesystem::path& out);

/// Notes that the tables were written from `sources`, read before them. Only under lock_tables().
void mark_tables_current(const std::filesystem::path& out, const std::string& sources);

}  // namespace ledd::cases
