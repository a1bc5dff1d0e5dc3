#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::cases {

/// One series that a finished case was made from.
struct UsedSeries {
  std::string id;           ///< Series::id.
  std::string description;  ///< Words for people.
  std::string role;         ///< name_of(SeriesRole).
};

/// What provenance.json of a case folder names; the primary first, nothing for a segmentation alone.
/// @throws Error{kNotFound, kFormat, kPermission, kIo}  it is no finished case.
std::vector<UsedSeries> used_series(const std::filesystem::path& folder);

}  // namespace ledd::cases
