#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/pipeline.h"
#include "ledd/cases/survey.h"

namespace ledd::cases {

/// A file as it was when a plan was frozen.
struct FrozenFile {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  ///< Since 1970, as the file system has it.
};

/// A case of a frozen plan.
struct FrozenCase {
  PlannedCase planned;
  std::vector<FrozenFile> files;    ///< All that its result is made from, sorted by path.
  std::string done_by, refused_by;  ///< Run ids of its finished folder and its reason.json then; or empty.
};

/// What a batch that other processes work on is made of, fixed: number N is the same case for all of them,
/// whatever arrives in the input folders meanwhile. It holds headers, so it is as private as the images.
struct FrozenPlan {
  std::string run_id, frozen_utc;
  std::string version;         ///< Of Ledd.
  std::string program_sha256;  ///< Of the program that planned.
  std::string pipeline;
  ValueMap given;                                           ///< For Pipeline::prepare().
  ValueMap effective;                                       ///< What it made of them.
  std::vector<std::pair<std::string, std::string>> models;  ///< File name and SHA-256.
  std::optional<LabelRequest> labels;
  std::filesystem::path out, key;  ///< Absolute; the key may be empty.
  bool force = false;              ///< Also what was finished when the plan was frozen.
  std::vector<FrozenCase> cases;
};

/// As bytes: a line that names the layout, all members, the SHA-256 of what precedes.
std::string print(const FrozenPlan& plan);
/// parse_frozen_plan(print(p)) is p.
/// @throws Error{kFormat}       cut off or changed.
/// @throws Error{kUnsupported}  of another layout.
FrozenPlan parse_frozen_plan(std::string_view bytes);

/// @param also  further files that the result is made from.
/// @throws Error{kNotFound, kPermission, kIo}  one of its files is not there.
FrozenCase freeze(PlannedCase planned,
                  const std::filesystem::path& out,
                  const std::vector<std::filesystem::path>& also);

/// Which file is not any more as it was frozen, and how; empty when all are.
std::string changed_since(const FrozenCase& one);

/// The files that the pipeline's parameters do not name: models, with their digests.
std::vector<std::pair<std::string, std::string>> models_of(const Pipeline& pipeline);

/// How a case of a frozen plan ended since; by whom does not matter.
struct CaseEnd {
  std::optional<State> state;  ///< kDone, kFailed or kQuarantined; nullopt: it has not ended.
  std::string code, reason;    ///< As in CaseReport.
  double peak_mb = 0.0;
};

/// From the case folders alone. @throws Error{kFormat, kPermission, kIo}
CaseEnd end_of(const FrozenCase& one, const std::filesystem::path& out);

/// The same for a case that is only known by its id.
CaseEnd standing_end(const std::string& case_id, const std::filesystem::path& out);

/// Whether some process has the case in hand at this moment.
bool in_hand(const std::filesystem::path& out, const std::string& case_id);

/// Whether trying again may help: data that are unusable and results that are implausible stay so.
bool may_pass(const std::string& code);

/// The median of what finished cases of a pipeline took in an output folder; nullopt without any. Of 200 at
/// most.
std::optional<double> usual_seconds(const std::filesystem::path& out, const std::string& pipeline);

/// The time now as ISO 8601.
std::string now_utc();

/// Writes the tables over the output folder if all cases of the plan have ended: for whoever may be the last
/// of many. @return whether they have.
/// @throws Error{kFormat, kCreate, kIo, kPermission}
bool finish(const FrozenPlan& plan);

}  // namespace ledd::cases
