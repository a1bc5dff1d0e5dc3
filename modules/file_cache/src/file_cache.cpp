#include "ledd/file_cache/file_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>

#include "records.h"

namespace ledd::file_cache {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kForgottenDays = 90;
constexpr std::uint32_t kRefreshDays = 30;  // the day of last use is written anew no more often than this
constexpr std::size_t kPiece = std::size_t{4} << 20U;
constexpr std::uint64_t kLongest = std::uint64_t{4} << 30U;

std::uint32_t today() {
  return static_cast<std::uint32_t>(std::time(nullptr) / 86400);
}

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

/// The whole file; empty when it is not there, or not to be had.
std::string content_of(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (static_cast<std::uint64_t>(status.st_size) > kLongest) return {};
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

/// Whether a temporary file is of no process here: one that died, or one of another machine, whose save then
/// fails without harm.
bool is_orphan(const std::string& name, std::size_t prefix) {
  const long process = std::strtol(name.c_str() + prefix, nullptr, 10);
  return process > 0 && ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

/// What processes that died left behind; one that lives is done within the hour.
void sweep(const fs::path& file) {
  const std::string prefix = "." + file.filename().string() + ".tmp-";
  std::error_code failed;
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (fs::directory_iterator next(file.parent_path(), failed), end; !failed && next != end;
       next.increment(failed)) {
    std::error_code ignored;
    const std::string name = next->path().filename().string();
    if (name.starts_with(prefix) && (is_orphan(name, prefix.size()) || next->last_write_time(ignored) < old))
      fs::remove(next->path(), ignored);
  }
}

}  // namespace

FileCache::FileCache(Params params) : params_(std::move(params)) {
  if (params_.trusted) read();
}

/// Takes over what the file holds, but for what this process knows itself.
void FileCache::read() {
  if (params_.file.empty()) return;
  read_stamp_ = stamp_of(params_.file);
  if (!read_stamp_) return;
  const std::string& content = storage_.emplace_back(content_of(params_.file));
  std::string_view left = content;
  const std::string head = file_head(params_.kind);
  if (!left.starts_with(head)) return;
  left.remove_prefix(head.size());
  while (const auto record = next_record(params_.kind, left)) {
    Entry& entry = entries_[record->name];
    if (!entry.ours) entry = {record->stamp, record->bytes, record->day, false};
  }
}

std::optional<std::string_view> FileCache::find(std::string_view name, const Stamp& stamp) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || !(found->second.stamp == stamp)) return std::nullopt;
  Entry& entry = found->second;
  entry.ours = true;
  if (const std::uint32_t day = today(); entry.day + kRefreshDays < day) {
    entry.day = day;
    changed_ = true;
  }
  return entry.bytes;
}

void FileCache::keep(std::string_view name, const Stamp& stamp, std::string bytes) {
  if (stamp.age_ns < params_.settled.count() || params_.file.empty()) return;
  const std::lock_guard lock(mutex_);
  put(name, stamp, std::move(bytes));
}

void FileCache::put(std::string_view name, const Stamp& stamp, std::string bytes) {
  auto found = entries_.find(name);
  if (found == entries_.end()) found = entries_.emplace(storage_.emplace_back(name), Entry{}).first;
  found->second = {stamp, storage_.emplace_back(std::move(bytes)), today(), true};
  changed_ = true;
}

std::string FileCache::keep_shared(std::string bytes) {
  const std::lock_guard lock(mutex_);
  for (std::string name = shared_name(bytes);; name += '+') {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      put(name, {}, std::move(bytes));
      return name;
    }
    found->second.ours = true;
    if (found->second.bytes == bytes) return name;
  }
}

std::optional<std::string_view> FileCache::find_shared(std::string_view name) {
  return find(name, {});
}

bool FileCache::write() const {
  static std::atomic<unsigned> count{0};
  ::mkdir(params_.file.parent_path().c_str(), 0700);  // there already, or the next call fails
  sweep(params_.file);
  const fs::path temporary =
      params_.file.parent_path() /
      fmt::format(".{}.tmp-{}-{}", params_.file.filename().string(), ::getpid(), count++);
  const Descriptor to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (to.get() < 0) return false;
  std::string piece = file_head(params_.kind);
  bool ok = true;
  for (const auto& [name, entry] : entries_) {
    if (!entry.ours && entry.day + kForgottenDays < today()) continue;
    append({name, entry.bytes, entry.stamp, entry.day}, params_.kind, piece);
    if (piece.size() < kPiece) continue;
    ok = ok && write_all(to.get(), piece);
    piece.clear();
  }
  // Not synced: after a power cut the checksums tell.
  ok = ok && write_all(to.get(), piece) && ::rename(temporary.c_str(), params_.file.c_str()) == 0;
  if (!ok) ::unlink(temporary.c_str());
  return ok;
}

bool FileCache::save() {
  const std::lock_guard lock(mutex_);
  if (!changed_ || params_.file.empty()) return true;
  const auto now = stamp_of(params_.file);
  const bool foreign = now.has_value() != read_stamp_.has_value() || (now && !(*now == *read_stamp_));
  if (foreign) read();
  if (!write()) return false;
  read_stamp_ = stamp_of(params_.file);
  changed_ = false;
  return true;
}

bool FileCache::changed() const {
  const std::lock_guard lock(mutex_);
  return changed_;
}

std::size_t FileCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace ledd::file_cache
