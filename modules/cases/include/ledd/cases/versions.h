#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ledd::cases {

/// One of the results that a case has had.
struct CaseVersion {
  std::filesystem::path folder;  ///< Below OUT/cases or OUT/superseded.
  std::string case_id, pipeline;
  std::string result_sha256;  ///< Of its provenance.json.
  bool automatic = true;      ///< The pipeline segmented by itself; else it measured labels that were given.
  std::string labels_sha256;  ///< Of its labels.nii.gz; empty where it has none.
  std::string corrected;      ///< Digest of the result it is a correction of; empty where it does not say.
};

struct Versions {
  std::map<std::string, std::vector<CaseVersion>> by_case;  ///< By case id; the oldest first.
  std::vector<std::string> problems;  ///< Superseded folders that cannot be read, and why.
};

/// All results of an output folder that are still there, those that others took the place of included.
/// @throws Error{kNotFound}  `out` holds no output of Ledd.
/// @throws Error{kFormat}    the record of a case that was not superseded is malformed; names the file.
Versions versions_of(const std::filesystem::path& out);

}  // namespace ledd::cases
