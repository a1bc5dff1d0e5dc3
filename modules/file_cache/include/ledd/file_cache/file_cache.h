#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ledd/file_cache/stamp.h"

namespace ledd::file_cache {

/// What was found out of files, kept from one run to the next for as long as they do not change.
///
/// Method   One file of records: name, stamp, bytes, day of last use, and a checksum over them. It is read in
///          one go and written anew under a temporary name. Whatever is wrong with it (cut off, damaged, of
///          another kind, machine or version) ends reading at that record: what is not known is found out
///          again. Several processes may save: each takes over what is in the file by then, and what the last
///          one did not see is lost, which costs time only.
/// Limits   A checksum is no signature: who may write the file may lie.
///
/// May be used from many threads.
class FileCache {
 public:
  struct Params {
    std::filesystem::path file;  ///< Empty: nothing is read, kept or written.
    /// What the bytes are, with their version: records of another kind are not read.
    std::string kind;
    /// What is younger is not kept; two seconds are the steps of the coarsest file systems.
    std::chrono::nanoseconds settled = std::chrono::seconds(2);
    bool trusted = true;  ///< Else what the file holds is not believed, only kept for others.
  };

  /// Never throws for what is in the file.
  explicit FileCache(Params params);
  FileCache(const FileCache&) = delete;
  FileCache& operator=(const FileCache&) = delete;

  /// What is known of `name` if its stamp is this one. The bytes stay as long as this object.
  std::optional<std::string_view> find(std::string_view name, const Stamp& stamp);

  /// Takes the place of what was known. Nothing is kept under a stamp that is too young.
  void keep(std::string_view name, const Stamp& stamp, std::string bytes);

  /// Keeps bytes that many records repeat, once, and gives the name to find them by.
  std::string keep_shared(std::string bytes);
  std::optional<std::string_view> find_shared(std::string_view name);

  /// Writes the file if there is anything new, readable for its owner only, in a folder that is made
  /// likewise. Records that nobody asked for in 90 days are left out. False when it cannot be written: no
  /// harm is done.
  bool save();

  std::chrono::nanoseconds settled() const { return params_.settled; }
  bool changed() const;  ///< There is something to save.
  std::size_t size() const;

 private:
  struct Entry {
    Stamp stamp;
    std::string_view bytes;
    std::uint32_t day = 0;  ///< Of last use, since 1970.
    bool ours = false;      ///< Asked for or kept by this process.
  };

  void put(std::string_view name, const Stamp& stamp, std::string bytes);
  void read();
  bool write() const;

  Params params_;
  mutable std::mutex mutex_;
  std::deque<std::string> storage_;  ///< What names and bytes point into.
  std::unordered_map<std::string_view, Entry> entries_;
  std::optional<Stamp> read_stamp_;  ///< Of the file when it was read.
  bool changed_ = false;
};

}  // namespace ledd::file_cache
