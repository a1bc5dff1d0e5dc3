#include "ledd/file_cache/stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>

namespace ledd::file_cache {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kSkew = 2 * kSecond;  // by which clocks of servers may differ

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kSecond + time.tv_nsec;
}

}  // namespace

std::optional<Stamp> stamp_of(const std::filesystem::path& path) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  Stamp stamp{static_cast<std::uint64_t>(status.st_size),
              static_cast<std::uint64_t>(status.st_ino),
              nanoseconds(status.st_mtim),
              nanoseconds(status.st_ctim)};
  stamp.age_ns = nanoseconds(now) - stamp.ctime_ns;
  // A time of modification in the future was set by somebody; only the system sets the other.
  const std::int64_t since_written = nanoseconds(now) - stamp.mtime_ns;
  if (since_written > -kSkew) stamp.age_ns = std::min(stamp.age_ns, since_written);
  return stamp;
}

}  // namespace ledd::file_cache
