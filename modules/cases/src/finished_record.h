#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/plan_cache.h"

#include "record.h"

namespace ledd::cases {

/// What planning and `status` need of a finished case: the short part of its provenance.
struct FinishedRecord {
  std::string case_id, pipeline, run_id;
  std::string series;                   ///< Words for people.
  std::string primary;                  ///< Series::id of its primary; empty for a segmentation alone.
  std::string images;                   ///< Provenance::images.
  unsigned version = 1;                 ///< Provenance::case_version.
  std::vector<std::string> superseded;  ///< Provenance::supersedes.
  double seconds = 0.0, peak_mb = 0.0;
};

/// Of the folder OUT/cases/<name>; nullopt when nothing finished is there. Its provenance.json is read only
/// where `known`, which may be null, does not tell.
/// @throws Error{kFormat, kPermission, kIo}  the record is malformed; names the file.
std::optional<FinishedRecord> finished_record(const std::filesystem::path& folder, PlanCache* known);

/// A folder in OUT/cases. One that is published in the place of another has another inode: it is never
/// changed in place.
struct ListedCase {
  std::string name;
  std::uint64_t inode = 0;
};

/// Without those in the making, in no order; empty when there are none.
std::vector<ListedCase> list_cases(const std::filesystem::path& out);

/// The records of all finished cases, in no order. @throws as finished_record
std::vector<FinishedRecord> finished_records(const std::filesystem::path& out, PlanCache* known);

}  // namespace ledd::cases
