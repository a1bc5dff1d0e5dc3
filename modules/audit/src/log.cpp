#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <limits>

#include "ledd/audit/audit.h"
#include "ledd/core/error.h"

#include "digest.h"
#include "entry.h"

namespace ledd::audit {
namespace {

constexpr mode_t kMode = 0640;
constexpr off_t kTail = 1 << 16;  ///< More than any entry.

/// The file, open and locked.
class Locked {
 public:
  explicit Locked(const std::filesystem::path& file) : path_(file.string()) {
    const bool is_new = ::access(path_.c_str(), F_OK) != 0;
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
    if (descriptor_ < 0) fail(path_, errno);
    while (::flock(descriptor_, LOCK_EX) != 0)
      if (errno != EINTR) give_up(errno);
    if (is_new) sync_folder(file);
  }
  ~Locked() { ::close(descriptor_); }  // and gives the lock back
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  /// The last bytes of the file: all of it, if it is short.
  std::string tail(off_t most) const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) give_up(errno);
    const off_t from = status.st_size > most ? status.st_size - most : 0;
    std::string bytes(static_cast<std::size_t>(status.st_size - from), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count =
          ::pread(descriptor_, bytes.data() + done, bytes.size() - done, from + static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) give_up(count < 0 ? errno : EIO);
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

  void append(const std::string& bytes) const {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    // What was written of it is a torn line, which the next entry recovers.
    if (count != static_cast<ssize_t>(bytes.size())) give_up(count < 0 ? errno : ENOSPC);
    if (::fsync(descriptor_) != 0) give_up(errno);
  }

 private:
  [[noreturn]] void give_up(int error) const { fail(path_, error); }

  static void sync_folder(const std::filesystem::path& file) {
    const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);  // some network file systems cannot, and need not
    ::close(folder);
  }

  std::string path_;
  int descriptor_ = -1;
};

std::string account_name(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_name;
}

std::string host_name() {
  std::array<char, 256> buffer{};
  return ::gethostname(buffer.data(), buffer.size() - 1) == 0 ? buffer.data() : "";
}

std::string now_utc() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

/// Where the chain goes on.
struct End {
  std::uint64_t sequence = 0;
  std::string sha256 = no_previous();
  Details damage{};   ///< Of what stands behind the last entry; empty when nothing does.
  bool torn = false;  ///< The last line has no end.
};

/// The last entry in these lines, and what stands behind it.
End end_of(std::string_view bytes) {
  End end;
  std::string behind;
  std::size_t lines = 0;
  while (!bytes.empty()) {
    const bool ended = bytes.back() == '\n';
    const auto last = bytes.substr(0, bytes.size() - (ended ? 1 : 0));
    const auto start = last.rfind('\n') + 1;  // npos + 1 is 0
    const auto line = last.substr(start);
    if (!ended) end.torn = true;
    if (const auto entry = parse_line(line)) {
      end.sequence = entry->sequence;
      end.sha256 = entry->sha256;
      break;
    }
    if (++lines == 1) behind = line;
    bytes = bytes.substr(0, start);
  }
  if (lines == 1 && end.torn)
    end.damage = {{std::string(kTornDigest), sha256(behind)}, {"torn_bytes", std::to_string(behind.size())}};
  else if (lines > 0)
    end.damage = {{"damaged_lines", std::to_string(lines)}};
  else if (end.torn)
    end.damage = {{"torn_bytes", "0"}};  // a whole entry that lacks its end alone
  return end;
}

}  // namespace

Log::Log(std::filesystem::path file, std::string version)
    : file_(std::move(file)), version_(std::move(version)) {}

Entry Log::append(const std::string& action, const Details& details) const {
  require_legal(action, details);
  const Locked file(file_);
  End end = end_of(file.tail(kTail));
  if (end.sequence == 0) end = end_of(file.tail(std::numeric_limits<off_t>::max()));
  const auto next = [&](const std::string& what, const Details& about) {
    Entry entry;
    entry.sequence = ++end.sequence;
    entry.utc = now_utc();
    entry.uid = ::getuid();
    entry.user = account_name(entry.uid);
    entry.host = host_name();
    entry.version = version_;
    entry.action = what;
    entry.details = about;
    entry.previous = end.sha256;
    return entry;
  };
  std::string bytes = end.torn ? "\n" : "";
  if (!end.damage.empty()) {
    Entry recovered = next(std::string(kRecovered), end.damage);
    bytes += print_line(recovered) + "\n";
    end.sha256 = recovered.sha256;
  }
  Entry entry = next(action, details);
  bytes += print_line(entry) + "\n";
  file.append(bytes);
  return entry;
}

}  // namespace ledd::audit
