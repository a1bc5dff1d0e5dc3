#include "case_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <random>
#include <regex>
#include <system_error>
#include <vector>

#include "ledd/files/files.h"

#include "record.h"
#include "study_record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOutput = "output";
constexpr const char* kTables = "tables";

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(code_of_output(error),
              fmt::format("{}: {}", path.string(), std::generic_category().message(error)));
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

template <class Call>
void with_file(const fs::path& file, Call&& call) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(file, errno);
  const int result = call(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (result != 0) fail(file, error);
}

/// Several at a time: a disk that flushes for one flushes for all that wait.
void sync_files(const std::vector<fs::path>& files) {
  constexpr std::size_t kAtOnce = 8;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t n = next++; n < files.size(); n = next++) with_file(files[n], ::fsync);
  };
  std::vector<std::future<void>> others;
  for (std::size_t n = 1; n < std::min(kAtOnce, files.size()); ++n)
    others.push_back(std::async(std::launch::async, work));
  work();
  for (auto& other : others) other.get();
}

void sync_tree(const fs::path& folder) {
  std::vector<fs::path> files, folders{folder};
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    (entry.is_directory() ? folders : files).push_back(entry.path());
  sync_files(files);
  for (const auto& one : folders) sync_folder(one);
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

/// Exchanges two folders on a file system that cannot do so in one step.
void swap_names(const fs::path& one, const fs::path& other) {
  const fs::path between = one.string() + ".old";
  if (::rename(other.c_str(), between.c_str()) != 0) fail(other, errno);
  if (::rename(one.c_str(), other.c_str()) != 0) fail(one, errno);
  if (::rename(between.c_str(), one.c_str()) != 0) fail(between, errno);
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

/// The name is new on every machine that writes here: a process id is not.
void probe(const fs::path& out) {
  const fs::path file = out / fmt::format(".probe.tmp-{}", std::random_device()());
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) fail(out, errno);
  const std::string block(65536, 'x');
  const auto written = ::write(descriptor, block.data(), block.size());
  const int error = written < 0 ? errno : ENOSPC;
  ::close(descriptor);
  ::unlink(file.c_str());
  if (written != static_cast<ssize_t>(block.size())) fail(out, error);
}

void sweep_files(const fs::path& out) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(out))
    if (is_temporary_file(entry)) files.push_back(entry.path());
  std::error_code ignored;  // a probe of another run may go by itself
  for (const auto& file : files) fs::remove(file, ignored);
}

std::string staging_name(const std::string& id) {
  return fmt::format(".{}.tmp-0", id);
}

FileLock alone(const fs::path& out) {
  make_output(out);
  auto lock = FileLock::try_take(lock_file(out, kOutput), FileLock::Kind::kExclusive);
  if (!lock)
    throw Error(Errc::kCancelled,
                fmt::format("{}: another run is writing to this folder; wait for it, or choose another",
                            out.string()));
  return std::move(*lock);
}

}  // namespace

Errc code_of_output(int error_number) {
  switch (error_number) {
    case EACCES:
    case EROFS:
    case EPERM: return Errc::kPermission;
    case ENOSPC:
    case EDQUOT:
    case EIO: return Errc::kIo;
    default: return Errc::kCreate;
  }
}

void make_output(const fs::path& out) {
  make_folder(out);
  probe(out);
  make_service_folder(out);
}

void write_staged(const std::string& content, const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor < 0) fail(file, errno);
  for (std::string_view left = content; !left.empty();) {
    const ssize_t done = ::write(descriptor, left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    const int error = done == 0 ? ENOSPC : errno;
    if (done <= 0) {
      ::close(descriptor);
      fail(file, error);
    }
    left.remove_prefix(static_cast<std::size_t>(done));
  }
  // Network file systems may only say here that the disk is full.
  if (::close(descriptor) != 0) fail(file, errno);
}

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
    : path_(parent / staging_name(id)), final_(parent / id) {
  make_folder(parent);
  retire(path_, parent.parent_path() / "superseded");
  make_folder(path_);
}

Staging::~Staging() {
  std::error_code ignored;
  if (!gone_) fs::remove_all(path_, ignored);
}

void Staging::publish(const fs::path& superseded, const std::string& keep_as) {
  sync_tree(path_);
  if (!keep_as.empty() && fs::exists(final_)) {
    make_folder(superseded);
    // Complete under the name that the earlier one will have: whatever ends here, neither is lost.
    fs::path kept = superseded / keep_as;
    for (int n = 1; fs::exists(kept); ++n) kept = superseded / fmt::format("{}-{}", keep_as, n);
    if (::rename(path_.c_str(), kept.c_str()) != 0) fail(kept, errno);
    path_ = kept;
    if (::renameat2(AT_FDCWD, kept.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) != 0)
      swap_names(kept, final_);
    gone_ = true;
    sync_folder(superseded);
    sync_folder(final_.parent_path());
    return;
  }
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
  sweep_files(out);
  for (const char* part : {"cases", "quarantine", "changes"}) {
    if (!fs::is_directory(out / part)) continue;
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(out / part))
      if (is_staging(entry.path())) left.push_back(entry.path());
    for (const auto& folder : left) retire(folder, out / "superseded");
  }
}

void sweep_case(const fs::path& out, const std::string& id) {
  for (const char* part : {"cases", "quarantine"}) retire(out / part / staging_name(id), out / "superseded");
}

OutputUse::OutputUse(fs::path out, const std::function<bool()>& give_up) : out_(std::move(out)) {
  make_output(out_);
  const fs::path file = lock_file(out_, kOutput);
  lock_ = FileLock::try_take(file, FileLock::Kind::kExclusive);
  if (lock_) {
    sweep(out_);
    lock_->share();
    return;
  }
  lock_ = FileLock::take(file, FileLock::Kind::kShared, give_up);
  require(lock_.has_value(),
          Errc::kCancelled,
          fmt::format("{}: stopped while another command had it", out_.string()));
}

OutputUse::~OutputUse() {
  lock_.reset();
  try {
    if (auto last = FileLock::try_take(lock_file(out_, kOutput), FileLock::Kind::kExclusive)) sweep(out_);
  } catch (const std::exception&) {  // the next run sweeps
    return;
  }
}

OutputLock::OutputLock(const fs::path& out) : lock_(alone(out)) {}

FileLock lock_tables(const fs::path& out) {
  make_service_folder(out);
  auto lock = FileLock::take(lock_file(out, kTables), FileLock::Kind::kExclusive, [] { return false; });
  sweep_files(out);
  return std::move(*lock);
}

std::optional<FileLock> try_lock_case(const fs::path& out, const std::string& id) {
  return FileLock::try_take(lock_file(out, id), FileLock::Kind::kExclusive);
}

FileLock lock_series(const fs::path& out, const std::string& pipeline, const std::string& series_id) {
  auto lock = FileLock::take(lock_file(out, fmt::format("series-{}-{}", pipeline, series_id)),
                             FileLock::Kind::kExclusive,
                             [] { return false; });
  return std::move(*lock);
}

}  // namespace ledd::cases
