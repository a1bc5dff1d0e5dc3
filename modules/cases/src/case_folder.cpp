#include "case_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <regex>
#include <system_error>
#include <vector>

#include "ledd/files/files.h"

#include "record.h"
#include "study_record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

Errc code_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return Errc::kPermission;
    case ENOSPC:
    case EDQUOT:
    case EIO: return Errc::kIo;
    default: return Errc::kCreate;
  }
}

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(code_of(error), fmt::format("{}: {}", path.string(), std::generic_category().message(error)));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(folder, error.value());
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail(folder, errno);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  // Some network file systems cannot sync a folder and say so; their rename is synchronous.
  if (result != 0 && error != EINVAL && error != ENOTSUP) fail(folder, error);
}

void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory()) sync_folder(entry.path());
  sync_folder(folder);
}

bool is_staging(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.size() > 1 && name.front() == '.' && name.find(".tmp-") != std::string::npos;
}

/// `.tmp-77-3.bytes`, `.probe.tmp-77`: a file beside its final name, or the probe of a folder.
bool is_temporary_file(const fs::directory_entry& entry) {
  static const std::regex name(R"(\.tmp-\d+-\d+(\..*)?|\.probe\.tmp-\d+)");
  return entry.is_regular_file() && std::regex_match(entry.path().filename().string(), name);
}

/// Whether every file is one that Ledd wrote and nobody changed.
bool is_untouched(const fs::path& folder) {
  const fs::path record = folder / "provenance.json";
  if (!fs::exists(record)) return true;  // never finished
  std::vector<FileDigest> known;
  try {
    known = parse_provenance(files::read_bytes(record)).outputs;
  } catch (const Error&) {
    return false;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    // Names by a study file are no result: they are written again.
    if (entry.is_directory() || entry.path() == record || entry.path() == folder / kStudyRecord) continue;
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    bool same = false;
    for (const auto& file : known)
      if (file.name == name) same = file.sha256 == files::sha256_of_file(entry.path());
    if (!same) return false;
  }
  return true;
}

/// `.3f2a91c07d44.tmp-77` -> `3f2a91c07d44`.
std::string plain_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return is_staging(path) ? name.substr(1, name.find(".tmp-") - 1) : name;
}

}  // namespace

void retire(const fs::path& folder, const fs::path& superseded) {
  if (!fs::exists(folder)) return;
  if (is_untouched(folder)) {
    fs::remove_all(folder);
    return;
  }
  make_folder(superseded);
  fs::path target;
  for (int n = 1; target.empty() || fs::exists(target); ++n)
    target = superseded / fmt::format("{}-{}", plain_name(folder), n);
  fs::rename(folder, target);
}

Staging::Staging(const fs::path& parent, const std::string& id)
    : path_(parent / fmt::format(".{}.tmp-{}", id, ::getpid())), final_(parent / id) {
  make_folder(parent);
  fs::remove_all(path_);
  make_folder(path_);
}

Staging::~Staging() {
  std::error_code ignored;
  if (!gone_) fs::remove_all(path_, ignored);
}

void Staging::publish(const fs::path& superseded) {
  sync_tree(path_);
  // An exchange leaves no instant without a complete folder under the final name.
  const bool exchanged = fs::exists(final_) &&
                         ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) == 0;
  if (!exchanged) {
    retire(final_, superseded);  // a file system without exchange
    if (::rename(path_.c_str(), final_.c_str()) != 0) fail(final_, errno);
  }
  gone_ = true;
  sync_folder(final_.parent_path());
  if (exchanged) retire(path_, superseded);
}

void sweep(const fs::path& out) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(out))
    if (is_temporary_file(entry)) files.push_back(entry.path());
  for (const auto& file : files) fs::remove(file);
  for (const char* part : {"cases", "quarantine", "changes"}) {
    if (!fs::is_directory(out / part)) continue;
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(out / part))
      if (is_staging(entry.path())) left.push_back(entry.path());
    for (const auto& folder : left) retire(folder, out / "superseded");
  }
}

OutputLock::OutputLock(const fs::path& out) {
  make_folder(out);
  const fs::path probe = out / fmt::format(".probe.tmp-{}", ::getpid());
  const int file = ::open(probe.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) fail(out, errno);
  const std::string block(65536, 'x');
  const auto written = ::write(file, block.data(), block.size());
  const int error = written < 0 ? errno : ENOSPC;
  ::close(file);
  ::unlink(probe.c_str());
  if (written != static_cast<ssize_t>(block.size())) fail(out, error);

  descriptor_ = ::open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail(out, errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw Error(Errc::kCancelled,
                fmt::format("{}: another run is writing to this folder; wait for it, or choose another",
                            out.string()));
  }
}

OutputLock::~OutputLock() {
  ::close(descriptor_);
}

}  // namespace ledd::cases
