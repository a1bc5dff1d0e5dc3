#include "ledd/review/draft.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::review {
namespace {

namespace fs = std::filesystem;
using label_editing::Entry;

constexpr std::size_t kHeadBytes = 64;

fs::path file_of(const fs::path& out, const std::string& case_id, const std::string& reader) {
  return out / "reviews" / fmt::format("{}.{}.draft", case_id, reader);
}

/// Of which result and labels, in 64 bytes.
std::string head_of(const std::string& result_sha256, const Labels& labels) {
  std::string head =
      fmt::format("ledd draft/1 {:08x} {:.38}\n", label_editing::checksum_of(labels), result_sha256);
  head.resize(kHeadBytes, '\n');
  return head;
}

[[noreturn]] void fail(const fs::path& file, int error) {
  throw Error(error == EACCES || error == EPERM || error == EROFS ? Errc::kPermission : Errc::kIo,
              fmt::format("{}: {}", file.string(), std::generic_category().message(error)));
}

void write_all(int descriptor, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(file, written < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void set_aside(const fs::path& file) {
  for (int n = 1;; ++n) {
    const fs::path other = file.string() + fmt::format(".{}", n);
    if (fs::exists(other)) continue;
    fs::rename(file, other);
    return;
  }
}

}  // namespace

std::optional<Draft::Found> Draft::find(const fs::path& out,
                                        const std::string& case_id,
                                        const std::string& reader,
                                        const std::string& result_sha256,
                                        const Labels& labels) {
  const fs::path file = file_of(out, case_id, reader);
  if (!fs::exists(file)) return std::nullopt;
  const std::string bytes = files::read_bytes(file);
  if (bytes.size() <= kHeadBytes) return std::nullopt;  // begun, and nothing drawn
  auto journal = label_editing::parse_journal(std::string_view(bytes).substr(kHeadBytes));
  return Found{std::move(journal.entries),
               journal.cut_off,
               bytes.substr(0, kHeadBytes) != head_of(result_sha256, labels)};
}

Draft::Draft(const fs::path& out,
             const std::string& case_id,
             const std::string& reader,
             const std::string& result_sha256,
             const Labels& labels,
             Begin begin)
    : file_(file_of(out, case_id, reader)) {
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  if (error) fail(file_.parent_path(), error.value());
  if (begin == Begin::kAnew && fs::exists(file_) && fs::file_size(file_) > kHeadBytes) set_aside(file_);
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (descriptor_ < 0) fail(file_, errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    ::close(descriptor_);
    if (why != EWOULDBLOCK) fail(file_, why);
    throw Error(
        Errc::kCancelled,
        fmt::format("{}: this correction is open in another window; close it there first", file_.string()));
  }
  const std::string bytes = files::read_bytes(file_);
  const std::string head = head_of(result_sha256, labels);
  if (bytes.size() <= kHeadBytes) {
    if (::ftruncate(descriptor_, 0) != 0) fail(file_, errno);
    write_all(descriptor_, head, file_);
  } else {
    require(bytes.starts_with(head), Errc::kInput, file_.string() + ": this draft is of another result");
    const auto whole =
        kHeadBytes + label_editing::parse_journal(std::string_view(bytes).substr(kHeadBytes)).whole_bytes;
    if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) fail(file_, errno);
  }
  unsynced_ = true;
  flush();
}

Draft::~Draft() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Draft::add(const Entry& entry) {
  write_all(descriptor_, label_editing::print(entry), file_);
  unsynced_ = true;
  if (std::chrono::steady_clock::now() - synced_ >= std::chrono::seconds(1)) flush();
}

void Draft::flush() {
  if (!unsynced_) return;
  if (::fsync(descriptor_) != 0) fail(file_, errno);
  unsynced_ = false;
  synced_ = std::chrono::steady_clock::now();
}

void Draft::finish() {
  ::close(descriptor_);
  descriptor_ = -1;
  std::error_code ignored;  // it is published: a draft that stays is offered once more, no harm
  fs::remove(file_, ignored);
}

void replay(const std::vector<Entry>& entries, label_editing::History& history) {
  for (const Entry& entry : entries) switch (entry.kind) {
      case Entry::Kind::kApply: history.apply(entry.change); break;
      case Entry::Kind::kExtend: history.extend(entry.change); break;
      case Entry::Kind::kUndo: history.undo(); break;
      case Entry::Kind::kRedo: history.redo(); break;
    }
}

}  // namespace ledd::review
