#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/plan_cache.h"

#include "record.h"

namespace ledd::cases {

/// What decides a result, apart from the scan itself: the same for all cases of a run.
struct Recipe {
  std::string pipeline, version, labels_scheme, key;  ///< The last: Naming::fingerprint().
  ValueMap parameters;
  std::vector<FileDigest> models, labels;
  PlanCache* known = nullptr;  ///< Of the run; null: every file is read.
  std::string print{};         ///< SHA-256 over all of it: recipe_print().
};

/// @throws Error{kNotFound, kPermission, kIo}  a model or the segmentation cannot be read.
Recipe recipe_of(const Pipeline& pipeline, const Prepared& prepared, const BatchOptions& options);

/// SHA-256 of each file of a case, its companions' too, sorted by path. @throws Error{kNotFound, kPermission,
/// kIo}
std::vector<FileDigest> input_digests(const PlannedCase& planned, PlanCache* known = nullptr);

/// Why the finished folder does not hold what this run would make; empty when it does.
/// A file's name may change; its bytes, the version, the parameters and the models may not. What a reader
/// corrected is not undone by a run without a segmentation. Outputs are read
/// and hashed, but for those that Recipe::known saw as they were written and that did not change since.
std::string out_of_date(const std::filesystem::path& folder,
                        const Recipe& recipe,
                        const std::vector<FileDigest>& inputs);

/// Whether a finished folder is there that was made from other files: another slice of a companion, or
/// another segmentation, given or automatic.
bool made_from_other_inputs(const std::filesystem::path& folder,
                            const Recipe& recipe,
                            const std::vector<FileDigest>& inputs);

/// Keeps that the outputs of a folder which this process published are as they were written. That is so while
/// none is younger than provenance.json, which is written last: whatever changes one later makes it younger.
/// False when the record is too young yet to tell.
bool remember_outputs(const std::filesystem::path& folder, file_cache::FileCache& finished);

}  // namespace ledd::cases
