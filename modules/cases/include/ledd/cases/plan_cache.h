#pragma once
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "ledd/file_cache/file_cache.h"

namespace ledd::cases {

/// What earlier runs into an output folder found out of the files that a plan looks at: headers and digests
/// of the input, the records of finished cases, and which of their outputs are as they were written. Files
/// OUT/.ledd/ intake.* and finished.*, for their owner only; they may be deleted at any time, and a plan is
/// the same without them. May be used from many threads.
class PlanCache {
 public:
  struct Params {
    std::filesystem::path out;
    bool inputs = true;  ///< Headers and paths of the input, which name people, may lie in `out`.
    bool trusted =
        true;  ///< Else every file is read again, and what is found out takes the place of what was.
    std::chrono::nanoseconds settled = std::chrono::seconds(2);  ///< FileCache::Params::settled.
  };
  explicit PlanCache(const Params& params);

  /// A case folder was published by this process: its outputs are as they were written, as long as none is
  /// younger than its record. Looked at when that is old enough.
  void made(const std::string& case_id);

  /// Writes what is new, but into no folder that is not there. False when it cannot.
  bool save();
  /// The same when the last time is two minutes ago: a run that is killed has not found out all for nothing.
  void save_sometimes();

  file_cache::FileCache headers;   ///< For dicom::index().
  file_cache::FileCache images;    ///< image_facts().
  file_cache::FileCache digests;   ///< SHA-256 of input files.
  file_cache::FileCache finished;  ///< finished_record(), and verified outputs.

 private:
  void remember_made();

  std::filesystem::path out_;
  std::mutex mutex_;
  std::vector<std::string> made_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace ledd::cases
