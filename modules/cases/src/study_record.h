#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/store/store.h"

namespace ledd::cases {

/// Name of the file in a case folder.
inline constexpr const char* kStudyRecord = "study.json";

/// A value that a protocol does not want.
struct StudyDetail {
  std::string protocol, what, expected, found;
  bool operator==(const StudyDetail&) const = default;
};

/// How a study file names a finished case: study.json. It lies over what the case was measured with and may
/// change at any time; nothing is measured anew for it.
struct StudyRecord {
  std::string study;
  std::string subject, session, site, scanner;  ///< Empty: as the header says.
  std::string visit;                            ///< Empty: none, or not one alone.
  std::vector<std::string> protocols;           ///< Those that the case was planned for.
  std::vector<std::string> deviations;          ///< From the protocols and the visits, in words.
  std::vector<StudyDetail> details;             ///< Those from the protocols, in parts.
  bool operator==(const StudyRecord&) const = default;
};

/// parse(print(x)) == x for text in UTF-8.
std::string print(const StudyRecord& record);
/// @throws Error{kFormat}
StudyRecord parse_study_record(const std::string& json);

/// Puts the study's names in place of the header's.
void rename(const StudyRecord& record, store::CaseInfo& info);

/// Writes the record of a finished case, unless it says so already. True when something was written; false
/// also when there is no such case. @throws Error{kCreate, kIo, kPermission}
bool write_study_record(const std::filesystem::path& case_folder, const StudyRecord& record);

}  // namespace ledd::cases
