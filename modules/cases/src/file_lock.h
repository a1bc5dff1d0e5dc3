#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "ledd/core/error.h"

namespace ledd::cases {

/// The right to a file (flock), given back by the system when its holder dies. Two of one process exclude
/// each other as those of two processes do.
///
/// Limits   On a network file system it holds between machines only where that is mounted with locks; a file
///          system that has none at all is found out and refused.
class FileLock {
 public:
  enum class Kind { kShared, kExclusive };

  /// Makes the file when there is none. Nullopt: somebody else has it.
  /// @throws Error{kCreate, kPermission, kIo}  it cannot be made, or the file system has no locks.
  static std::optional<FileLock> try_take(const std::filesystem::path& file, Kind kind);

  /// Waits for it. Nullopt: `give_up`, asked every now and then, said so.
  static std::optional<FileLock> take(const std::filesystem::path& file,
                                      Kind kind,
                                      const std::function<bool()>& give_up);

  ~FileLock();
  FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Lets others share it. They may have it for a moment before this object has it again.
  void share();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// What flock's failure on a file means to people.
Error lock_failure(const std::filesystem::path& file, int error_number);

/// Where the locks of an output folder lie. A case's lock has the name of its id; other names hold what no id
/// does.
std::filesystem::path lock_file(const std::filesystem::path& out, const std::string& name);

/// Makes `out/.ledd/locks` for its owner only. @throws Error{kCreate, kPermission, kIo}
void make_service_folder(const std::filesystem::path& out);

}  // namespace ledd::cases
