#include "ledd/deidentification/subject_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "key_file.h"
#include "mapping.h"

namespace ledd::deidentification {
namespace {

namespace fs = std::filesystem;

std::string message_of(int error_number) {
  return std::generic_category().message(error_number);
}

/// Makes new files readable by their owner only, as long as it lives.
class PrivateFiles {
 public:
  PrivateFiles() : before_(::umask(0077)) {}
  ~PrivateFiles() { ::umask(before_); }
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

 private:
  mode_t before_;
};

void require_private(const fs::path& file) {
  struct stat status {};
  const int failed = ::stat(file.c_str(), &status) == 0 ? 0 : errno;
  require(failed == 0,
          failed == ENOENT || failed == ENOTDIR ? Errc::kNotFound : Errc::kPermission,
          fmt::format("{}: {}", file.string(), message_of(failed)));
  require(S_ISREG(status.st_mode), Errc::kFormat, file.string() + ": a key is a file");
  require((status.st_mode & 0077U) == 0,
          Errc::kPermission,
          fmt::format("{}: others than its owner may read or change this key (mode {:o}); it must be 600",
                      file.string(),
                      status.st_mode & 0777U));
}

}  // namespace

/// Beside the key, since the key's own file is replaced whenever it is saved.
struct SubjectKey::Lock {
  explicit Lock(const fs::path& file) {
    const fs::path path = file.string() + ".lock";
    descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const int failed = descriptor < 0 ? errno : 0;
    require(failed == 0,
            failed == EACCES ? Errc::kPermission : Errc::kCreate,
            fmt::format("{}: {}", path.string(), message_of(failed)));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return;
    const int error_number = errno;
    ::close(descriptor);
    throw Error(Errc::kCreate,
                error_number == EWOULDBLOCK
                    ? fmt::format("{}: another run is using this key; wait until it ends", file.string())
                    : fmt::format("{}: {}", path.string(), message_of(error_number)));
  }
  ~Lock() { ::close(descriptor); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  int descriptor = -1;
};

SubjectKey::SubjectKey(fs::path file, std::shared_ptr<Lock> lock)
    : file_(std::move(file)), lock_(std::move(lock)) {}

SubjectKey SubjectKey::create(const fs::path& file) {
  require(!fs::exists(fs::symlink_status(file)),
          Errc::kCreate,
          fmt::format("{}: exists already; a new key would lose the subjects of the old one", file.string()));
  SubjectKey key(file, nullptr);
  key.secret_ = new_secret();
  return key;
}

SubjectKey SubjectKey::open(const fs::path& file) {
  require_private(file);
  SubjectKey key(file, std::make_shared<Lock>(file));
  key.take_content();
  return key;
}

SubjectKey SubjectKey::read(const fs::path& file) {
  require_private(file);
  SubjectKey key(file, nullptr);
  key.take_content();
  return key;
}

void SubjectKey::take_content() {
  try {
    KeyContent content = parse_key(files::read_bytes(file_));
    secret_ = content.secret;
    subjects_ = std::move(content.subjects);
  } catch (const Error& e) {
    throw e.within(file_.string());
  }
}

void SubjectKey::save() {
  const PrivateFiles only_ours;
  if (!lock_) {
    auto lock = std::make_shared<Lock>(file_);
    require(!fs::exists(file_), Errc::kCreate, file_.string() + ": was made by another run meanwhile");
    lock_ = std::move(lock);
  }
  files::write_bytes(key_text({secret_, subjects_}), file_);
}

std::optional<std::string> SubjectKey::pseudonym(const std::string& patient_id,
                                                 const std::string& issuer) const {
  const Subject* subject = find_subject(subjects_, patient_id, issuer);
  if (subject == nullptr) return std::nullopt;
  return subject->pseudonym;
}

std::string SubjectKey::enrol(const std::string& patient_id, const std::string& issuer) {
  require(!patient_id.empty(), Errc::kInput, "a subject needs an ID");
  bool several = false;
  if (const Subject* known = find_subject(subjects_, patient_id, issuer, &several)) {
    auto& subject = subjects_[static_cast<std::size_t>(known - subjects_.data())];
    if (subject.issuer.empty()) subject.issuer = issuer;
    return subject.pseudonym;
  }
  require(!several, Errc::kInput, "the ID is known from several issuers, and none is stated here");
  const auto taken = [&](const std::string& name) {
    return std::any_of(
        subjects_.begin(), subjects_.end(), [&](const Subject& s) { return s.pseudonym == name; });
  };
  std::size_t number = subjects_.size() + 1;
  while (taken(fmt::format("S{:04}", number))) ++number;
  subjects_.push_back({patient_id, issuer, fmt::format("S{:04}", number)});
  return subjects_.back().pseudonym;
}

void SubjectKey::assign(const std::string& patient_id, const std::string& pseudonym) {
  require(!patient_id.empty(), Errc::kInput, "the original ID is empty");
  require(is_pseudonym(pseudonym),
          Errc::kInput,
          "the pseudonym is not 1 to 16 letters, digits, '-', '_' and '.' (not first)");
  const Subject* known = find_subject(subjects_, patient_id, {});
  if (known != nullptr && known->pseudonym == pseudonym) return;
  for (const Subject& subject : subjects_) {
    require(
        subject.patient_id != patient_id, Errc::kInput, "the key has another pseudonym for this ID already");
    require(subject.pseudonym != pseudonym, Errc::kInput, "the pseudonym is another subject's already");
  }
  subjects_.push_back({patient_id, {}, pseudonym});
}

std::string SubjectKey::uid(const std::string& original) const {
  return uid_of(secret_, original);
}

std::string SubjectKey::date(const std::string& patient_id, const std::string& date) const {
  const auto name = pseudonym(patient_id);
  require(name.has_value(), Errc::kInput, "the key does not know this subject");
  return earlier(date, days_of(secret_, *name)).value_or("");
}

}  // namespace ledd::deidentification
