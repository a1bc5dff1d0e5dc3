#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/deidentification/deidentification.h"

namespace ledd::deidentification {

struct BatchOptions {
  std::filesystem::path out;
  Words extra_words{};
  std::vector<std::string> only_subjects{};  ///< Original IDs; others are refused. Empty: everybody.
  bool allow_faces = false;
  bool allow_secondary = false;
  bool dry_run = false;  ///< Decides, writes nothing, not even the key.
};

struct Row {
  std::filesystem::path source;
  Decision decision = Decision::kRefused;
  std::string name;    ///< Of the new file, relative to the output folder; empty unless written.
  std::string reason;  ///< Quotes no value and no path.
  Counts counts;
};

/// `done` of `total` files are finished.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

/// De-identifies all files below the inputs into `options.out`, in parallel, and writes deid.csv there: one
/// row for each file, without anything that names a person or an original file. Rows are sorted by source.
/// New subjects are enrolled in the order of their files' paths and saved with the key before anything else
/// is written. Same inputs, key and options: same bytes, whatever the number of threads.
/// @throws Error{kNotFound, kPermission}  an input does not exist or cannot be listed.
/// @throws Error{kParam}                  the output lies within an input or the other way round; the key
///                                        lies in the output.
/// @throws Error{kCreate, kIo}            the output cannot be written.
std::vector<Row> deidentify_all(const std::vector<std::filesystem::path>& inputs,
                                SubjectKey& key,
                                const BatchOptions& options,
                                const Progress& progress,
                                Context& context);

}  // namespace ledd::deidentification
