#include "file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "case_folder.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// False when somebody else has it. @throws Error
bool lock(int descriptor, int operation, const fs::path& file) {
  while (::flock(descriptor, operation) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw lock_failure(file, errno);
  }
  return true;
}

int flag_of(FileLock::Kind kind) {
  return kind == FileLock::Kind::kShared ? LOCK_SH : LOCK_EX;
}

}  // namespace

Error lock_failure(const fs::path& file, int error_number) {
  const std::string why = std::generic_category().message(error_number);
  switch (error_number) {
    case ENOLCK:
    case ENOSYS:
    case EOPNOTSUPP:
      return {Errc::kCreate,
              fmt::format("{}: this file system has no locks between processes (flock: {}); mount it with "
                          "them, or write the results to another one",
                          file.string(),
                          why)};
    default: return {code_of_output(error_number), fmt::format("{}: flock: {}", file.string(), why)};
  }
}

std::optional<FileLock> FileLock::try_take(const fs::path& file, Kind kind) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    throw Error(code_of_output(errno),
                fmt::format("{}: {}", file.string(), std::generic_category().message(errno)));
  FileLock taken(descriptor);
  if (!lock(descriptor, flag_of(kind) | LOCK_NB, file)) return std::nullopt;
  return taken;
}

std::optional<FileLock> FileLock::take(const fs::path& file,
                                       Kind kind,
                                       const std::function<bool()>& give_up) {
  // flock itself could wait, but not be told to stop.
  for (auto pause = std::chrono::milliseconds(2);;
       pause = std::min(2 * pause, std::chrono::milliseconds(250))) {
    if (auto taken = try_take(file, kind)) return taken;
    if (give_up()) return std::nullopt;
    std::this_thread::sleep_for(pause);
  }
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileLock::share() {
  lock(descriptor_, LOCK_SH, "the output folder's lock");
}

fs::path lock_file(const fs::path& out, const std::string& name) {
  return out / ".ledd" / "locks" / name;
}

void make_service_folder(const fs::path& out) {
  for (const fs::path& folder : {out / ".ledd", out / ".ledd" / "locks"})
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      throw Error(code_of_output(errno),
                  fmt::format("{}: {}", folder.string(), std::generic_category().message(errno)));
}

}  // namespace ledd::cases
