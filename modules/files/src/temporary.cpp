#include "temporary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ledd/core/error.h"

namespace ledd::files {
namespace {

std::string message_of(int error_number) {
  return std::generic_category().message(error_number);
}

bool is_full(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT;
}

[[noreturn]] void fail_full(const std::filesystem::path& path) {
  throw Error(Errc::kIo, fmt::format("the disk is full: {} was not written", path.string()));
}

[[noreturn]] void fail_to_create(int error_number, const std::filesystem::path& path) {
  if (is_full(error_number)) fail_full(path);
  const bool denied = error_number == EACCES || error_number == EPERM;
  throw Error(denied ? Errc::kPermission : Errc::kCreate,
              fmt::format("cannot create {}: {}", path.string(), message_of(error_number)));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// The new name itself must reach the medium too, else a power cut brings the old folder back.
void sync_folder(const std::filesystem::path& path) {
  const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail_for(errno, "sync the folder of", path);
  const int result = ::fsync(folder);
  const int error_number = errno;
  ::close(folder);
  // Some network file systems cannot sync a folder (EINVAL); the rename itself has succeeded there.
  if (result != 0 && error_number != EINVAL) fail_for(error_number, "sync the folder of", path);
}

}  // namespace

void fail_for(int error_number, std::string_view doing, const std::filesystem::path& path) {
  const std::string text = fmt::format("cannot {} {}: {}", doing, path.string(), message_of(error_number));
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: throw Error(Errc::kNotFound, text);
    case EACCES:
    case EPERM: throw Error(Errc::kPermission, text);
    default: throw Error(Errc::kIo, text);
  }
}

Temporary::Temporary(std::filesystem::path final_path, std::string_view extension)
    : final_path_(std::move(final_path)) {
  static std::atomic<unsigned> count{0};
  while (descriptor_ < 0) {
    path_ = folder_of(final_path_) / fmt::format(".tmp-{}-{}{}", ::getpid(), count++, extension);
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    // A name left by a process that was killed, or taken on another machine: try the next.
    if (descriptor_ < 0 && errno != EEXIST) fail_to_create(errno, final_path_);
  }
}

Temporary::~Temporary() {
  ::close(descriptor_);
  if (!committed_) ::unlink(path_.c_str());
}

void Temporary::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && is_full(errno)) fail_full(final_path_);
    if (done < 0) fail_for(errno, "write", final_path_);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void Temporary::sync() const {
  if (::fsync(descriptor_) == 0) return;
  if (is_full(errno)) fail_full(final_path_);
  fail_for(errno, "sync", final_path_);
}

void Temporary::commit() {
  if (::rename(path_.c_str(), final_path_.c_str()) != 0) fail_to_create(errno, final_path_);
  committed_ = true;
  sync_folder(final_path_);
}

void Temporary::fail(const std::string& otherwise) const {
  // More than any library holds back in a buffer; the file is thrown away anyway.
  static const std::string probe(std::size_t{1} << 20U, '\xA5');
  ::lseek(descriptor_, 0, SEEK_END);
  write(probe);
  sync();
  throw Error(Errc::kIo, fmt::format("{} was not written: {}", final_path_.string(), otherwise));
}

}  // namespace ledd::files
