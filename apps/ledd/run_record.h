#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/survey.h"

#include "run_arguments.h"

namespace ledd::cli {

/// What `ledd run` was asked for, as it stands in `.ledd/runs/<run_id>.json`.
struct RunRecord {
  std::string run_id, started_utc, version;
  RunRequest request;
  std::optional<int> exit{};  ///< Its exit status; nullopt: it is under way, or died.
};

std::string print(const RunRecord& record);
/// @throws Error{kFormat}
RunRecord parse_run_record(const std::string& json);

/// The same words from any folder.
RunArguments absolute(RunArguments arguments);

/// Ledd's own folder for what is asked of an output folder: `out`/.ledd, or `work` where that is given. Made,
/// mode 0700, when it is not there.
/// @throws Error{kCreate, kPermission}
std::filesystem::path make_service_folder(const std::filesystem::path& out,
                                          const std::filesystem::path& work);
/// The same without making it.
std::filesystem::path service_folder(const std::filesystem::path& out, const std::filesystem::path& work);

/// Writes the record of a run that starts; nullopt and none where results are named by a key and no other
/// folder is given, since its paths may name people.
std::optional<RunRecord> begin_run_record(const RunRequest& request, const std::string& run_id);
/// Adds how it ended.
void end_run_record(std::optional<RunRecord> record, int exit);

/// The records of runs into `out`, oldest first; those that cannot be read are left out.
std::vector<RunRecord> read_run_records(const std::filesystem::path& service,
                                        const std::filesystem::path& out);

/// Leaves out cases that were set aside for a reason that stays, for `ledd retry`.
void leave_out_refused(std::vector<cases::PlannedCase>& planned, const std::filesystem::path& out);

/// Writes a file that only its owner may read.
void write_private(std::string_view bytes, const std::filesystem::path& file);

}  // namespace ledd::cli
