#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "ledd/file_cache/file_cache.h"

#include "header.h"

namespace ledd::dicom {

/// What child processes said of files that did not change since: facts and refusals alike, but for refusals
/// that may pass. May be used from many threads.
///
/// Method   A record holds what is a file's own; what the files of a series share is kept once for all of
/// them.
///          What is read is checked like an answer of a child.
class IntakeCache {
 public:
  explicit IntakeCache(file_cache::FileCache& cache) : cache_(cache) {}

  std::optional<Scanned> find(const std::filesystem::path& path, const file_cache::Stamp& stamp);
  void keep(const Scanned& scanned, const file_cache::Stamp& stamp);

  /// Whether two files are known to hold the same image.
  bool are_same(const std::filesystem::path& a,
                const file_cache::Stamp& stamp_a,
                const std::filesystem::path& b,
                const file_cache::Stamp& stamp_b);
  void keep_same(const std::filesystem::path& a,
                 const file_cache::Stamp& stamp_a,
                 const std::filesystem::path& b,
                 const file_cache::Stamp& stamp_b);

 private:
  /// Null when it is not known.
  std::shared_ptr<const Stack> common(const std::string& name);

  file_cache::FileCache& cache_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Stack>> commons_;
};

}  // namespace ledd::dicom
