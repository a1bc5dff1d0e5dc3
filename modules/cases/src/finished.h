#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledd/store/store.h"

#include "record.h"
#include "study_record.h"

namespace ledd::cases {

/// A case folder that holds a result.
struct Finished {
  std::filesystem::path folder;
  Provenance provenance;
  store::CaseEndpoints endpoints;      ///< Its info as the study names the case, where one does.
  std::optional<StudyRecord> study{};  ///< What study.json says.
};

/// Of an output folder, by case id. @throws Error{kFormat}  a record is malformed; names the file.
std::vector<Finished> finished_cases(const std::filesystem::path& out);
std::vector<Reason> set_aside(const std::filesystem::path& out);

/// The finished cases of one pipeline. @throws Error{kNotFound}  `out` holds no output of Ledd.
std::vector<Finished> cases_of(const std::filesystem::path& out, const std::string& pipeline);

/// The sides that a case's endpoints name.
std::set<std::string> sides_of(const Finished& one);

/// "case 3f2a91c07d44 (subject A12, 2024-05-31)".
std::string called(const Finished& one);

/// @throws Error{kNotFound}  `out` holds no output of Ledd.
void require_output(const std::filesystem::path& out);

}  // namespace ledd::cases
