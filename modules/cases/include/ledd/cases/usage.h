#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::cases {

/// By what the use of a core facility is added up.
enum class UsageKey {
  kProject,  ///< Study of study.json; empty where there is none.
  kSite,     ///< As the case names it.
  kScanner,  ///< Likewise.
  kPipeline,
  kMonth,  ///< "2026-03": when Ledd worked on the case, UTC.
};
/// "project", ... @throws Error{kParam}  no such name; says which there are.
UsageKey usage_key(const std::string& name);
std::string name_of(UsageKey key);

struct UsageOptions {
  std::vector<std::filesystem::path> outs;
  std::vector<UsageKey> by{UsageKey::kProject, UsageKey::kPipeline, UsageKey::kMonth};
  std::string from, to;  ///< ISO dates, both included, of Ledd's work; empty: without end.
};

/// What one group used.
struct UsageRow {
  std::vector<std::string> group;   ///< In the order of UsageOptions::by.
  std::size_t cases = 0;            ///< Finished.
  std::size_t failed = 0;           ///< Failed or set aside. Their site and scanner are not on record.
  std::size_t series = 0;           ///< Of the finished cases, with companions.
  double wall_seconds = 0.0;        ///< Sum over all, failed ones too.
  double cpu_hours = 0.0;           ///< Of those where it is known,
  std::size_t cpu_unknown = 0;      ///< and the number of finished cases where it is not.
  double peak_mb = 0.0;             ///< Highest of any.
  std::uintmax_t result_bytes = 0;  ///< Of the case folders as they are now.
  /// Scanner's time stamps of the finished cases, ISO 8601; empty where none states any.
  std::string first_acquired, last_acquired;
};

/// Sorted by group. A case that stands in several folders counts once for each.
/// @throws Error{kNotFound, kFormat}  as read_status.
/// @throws Error{kParam}              a date is none, or `by` names a key twice.
std::vector<UsageRow> usage(const UsageOptions& options);

/// RFC 4180; a column of each key, then those of UsageRow.
std::string usage_csv(const std::vector<UsageRow>& rows, const std::vector<UsageKey>& by);

}  // namespace ledd::cases
