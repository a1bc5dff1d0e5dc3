#include "ledd/dicom_network/drop.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <regex>
#include <system_error>
#include <thread>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "data_set.h"
#include "incoming.h"
#include "study_record.h"

namespace ledd::dicom_network {
namespace {

namespace fs = std::filesystem;

constexpr auto kSaveEvery = std::chrono::seconds(1);

std::string iso(std::time_t time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

std::string arrival_of(const fs::path& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 ? iso(found.st_mtime) : utc_now();
}

bool is_key(const std::string& name) {
  return name.size() == 24 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_object(const std::string& name) {
  static const std::regex pattern("[0-9a-f]{32}(-[0-9]+)?\\.dcm");
  return std::regex_match(name, pattern);
}

/// A book that cannot be read is made anew from the files; the old one is kept beside.
std::optional<Study> read_book(const fs::path& book) {
  if (!fs::exists(book)) return std::nullopt;
  try {
    return parse_study(files::read_bytes(book));
  } catch (const Error&) {
    fs::rename(book, book.string() + ".unreadable");
    return std::nullopt;
  }
}

/// A file that was damaged on the disk must not keep the receiver from starting; the check will find it.
std::string digest_or_none(const fs::path& file) try { return data_set_digest(file); } catch (const Error&) {
  return {};
}
std::string study_uid_or_none(const fs::path& file) try {
  return plain_uid(DataSet(file).text(DCM_StudyInstanceUID));
} catch (const Error&) {
  return {};
}

StudyState closed_state(const StudyVersion& version) {
  return version.incomplete.empty() ? StudyState::kComplete : StudyState::kIncomplete;
}

void add_file(Study& study, StudyFile file) {
  if (study.state() != StudyState::kReceiving) study.versions.emplace_back();
  file.version = study.version();
  if (study.files.empty()) study.first_arrival = file.arrived;
  study.last_arrival = std::max(study.last_arrival, file.arrived);
  study.files.push_back(std::move(file));
}

}  // namespace

std::string study_key(const std::string& study_uid) {
  return files::sha256(study_uid).substr(0, 24);
}

std::string utc_now() {
  return iso(std::time(nullptr));
}

Drop::Drop(fs::path folder) : folder_(std::move(folder)) {
  std::error_code failed;
  fs::create_directories(folder_ / "studies", failed);
  if (!failed) fs::create_directories(incoming_folder(folder_), failed);
  require(!failed,
          failed == std::errc::permission_denied ? Errc::kPermission : Errc::kCreate,
          fmt::format("cannot create {}: {}", folder_.string(), failed.message()));
  lock_ = ::open((folder_ / ".receiver").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  require(lock_ >= 0, Errc::kPermission, fmt::format("cannot write to {}", folder_.string()));
  // The processes of a receiver that was killed hold the lock until they are gone too, a moment later.
  bool locked = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
  for (int n = 0; !locked && n < 40; ++n) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    locked = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
  }
  if (!locked) {
    ::close(lock_);
    throw Error(Errc::kCancelled, fmt::format("another receiver works in {}", folder_.string()));
  }
  sweep_incoming(folder_, 0);
  for (const auto& entry : fs::directory_iterator(folder_ / "studies"))
    if (entry.is_directory() && is_key(entry.path().filename())) read_study(entry.path().filename());
}

Drop::~Drop() {
  ::close(lock_);
}

void Drop::read_study(const std::string& key) {
  const auto book = read_book(folder_of(key) / "study.json");
  Study study = book.value_or(Study{});
  study.key = key;
  std::set<std::string> listed, there;
  for (const auto& entry : fs::directory_iterator(folder_of(key))) {
    const std::string name = entry.path().filename().string();
    if (is_object(name)) there.insert(name);
    if (name.starts_with(".tmp-")) fs::remove(entry.path());
  }
  const auto gone = [&](const StudyFile& file) { return !there.contains(file.name); };
  bool changed = !book || std::erase_if(study.files, gone) > 0;
  for (const auto& file : study.files) listed.insert(file.name);
  for (const auto& name : there) {
    if (listed.contains(name)) continue;
    const fs::path path = folder_of(key) / name;
    add_file(study, {name, files::sha256_of_file(path), digest_or_none(path), 1, arrival_of(path)});
    if (study.study_uid.empty()) study.study_uid = study_uid_or_none(path);
    changed = true;
  }
  // A pipeline that ran when the receiver was killed is run again; what it finished, it finds finished.
  for (auto& version : study.versions)
    if (version.state == StudyState::kRunning) version.state = closed_state(version);
  if (study.files.empty()) return;
  arrived_[key] = Clock::now();
  if (changed) changed_.insert(key);
  studies_.emplace(key, std::move(study));
}

void Drop::take(const Event& event) {
  const bool is_new = event.kind == Event::Kind::kStored || event.kind == Event::Kind::kConflicting;
  if (!is_new && event.kind != Event::Kind::kRepeated) return;
  if (!is_key(event.study) || !is_object(event.name)) return;
  const auto [it, first] = studies_.try_emplace(event.study);
  Study& study = it->second;
  study.key = event.study;
  study.study_uid = event.study_uid;
  const bool known = std::any_of(
      study.files.begin(), study.files.end(), [&](const auto& file) { return file.name == event.name; });
  if (is_new && !known)
    add_file(study, {event.name, event.file_sha256, event.data_set_sha256, 1, utc_now()});
  else if (!is_new)
    ++study.repeats;
  arrived_[event.study] = Clock::now();
  if (first)
    write(study);
  else
    changed_.insert(event.study);
}

std::vector<std::string> Drop::idle(std::chrono::milliseconds since) const {
  std::vector<std::string> keys;
  for (const auto& [key, study] : studies_)
    if (study.state() == StudyState::kReceiving && Clock::now() - arrived_.at(key) >= since)
      keys.push_back(key);
  return keys;
}

void Drop::close(const std::string& key,
                 std::vector<std::string> incomplete,
                 std::vector<std::string> warnings) {
  Study& study = studies_.at(key);
  StudyVersion& version = study.versions.back();
  version.closed = utc_now();
  version.incomplete = std::move(incomplete);
  version.state = closed_state(version);
  version.warnings = std::move(warnings);
  write(study);
}

void Drop::begin_run(const std::string& key, int version) {
  Study& study = studies_.at(key);
  study.versions.at(static_cast<std::size_t>(version) - 1).state = StudyState::kRunning;
  write(study);
}

void Drop::end_run(const std::string& key, int version, const StudyRun& run) {
  Study& study = studies_.at(key);
  StudyVersion& one = study.versions.at(static_cast<std::size_t>(version) - 1);
  constexpr int kStoppedEarly = 75;
  if (run.exit == kStoppedEarly)
    one.state = closed_state(one);
  else
    one.state = run.exit == 0 ? StudyState::kDone : StudyState::kFailed;
  one.run = run;
  write(study);
}

void Drop::write(Study& study) {
  written_[study.key] = Clock::now();
  changed_.insert(study.key);
  try {
    files::write_bytes(to_json(study), folder_of(study.key) / "study.json");
    changed_.erase(study.key);
    problem_.clear();
  } catch (const Error& e) {  // a receiver that ended here would lose the objects that still fit
    problem_ = e.what();
  }
}

void Drop::save(bool now) {
  const std::set<std::string> changed = changed_;
  for (const auto& key : changed)
    if (now || Clock::now() - written_[key] >= kSaveEvery) write(studies_.at(key));
}

}  // namespace ledd::dicom_network
