#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace ledd::file_cache {

/// What tells a file from what stood under its name before, without reading it.
///
/// Limits   A file that is written through a mapping may keep its times until the system writes it back. Who
///          sets the clock back can forge a stamp; who only sets a file's own times cannot, since ctime is
///          the system's.
struct Stamp {
  std::uint64_t size = 0, inode = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;  ///< Since 1970.
  /// How long both times were ago when the stamp was taken. The system's times are coarser than a change
  /// takes: a file that is younger than their steps may change once more without a trace.
  std::int64_t age_ns = 0;

  /// Of the same file with the same content, if it was old enough. Their ages do not count.
  friend bool operator==(const Stamp& a, const Stamp& b) {
    return a.size == b.size && a.inode == b.inode && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns;
  }
};

/// Of a file or folder, links followed; to be taken before the file is read. Nullopt when there is none, or
/// it cannot be told.
std::optional<Stamp> stamp_of(const std::filesystem::path& path);

}  // namespace ledd::file_cache
