#include "incoming.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/dicom_network/drop.h"
#include "ledd/files/files.h"

#include "data_set.h"

namespace ledd::dicom_network {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kOutOfResources = STATUS_STORE_Refused_OutOfResources;
constexpr std::uint16_t kMismatch = STATUS_STORE_Error_DataSetDoesNotMatchSOPClass;
constexpr std::uint16_t kCannotUnderstand = STATUS_STORE_Error_CannotUnderstand;

/// One element of the file meta information, explicit little endian.
std::string meta_element(std::uint16_t element, const char* vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == std::string_view("UI") ? '\0' : ' ';
  const auto low = [](std::size_t n) { return static_cast<char>(n & 0xFFU); };
  std::string bytes{'\x02', '\0', low(element), low(element >> 8U), vr[0], vr[1]};
  if (vr == std::string_view("OB"))
    bytes += {'\0', '\0', low(value.size()), low(value.size() >> 8U), '\0', '\0'};
  else
    bytes += {low(value.size()), low(value.size() >> 8U)};
  return bytes + value;
}

/// PS3.10, 7.1.
std::string preamble_and_meta(const Announced& announced) {
  std::string group = meta_element(0x0001, "OB", std::string("\0\1", 2));
  group += meta_element(0x0002, "UI", announced.sop_class_uid);
  group += meta_element(0x0003, "UI", announced.sop_instance_uid);
  group += meta_element(0x0010, "UI", announced.transfer_syntax_uid);
  group += meta_element(0x0012, "UI", OFFIS_IMPLEMENTATION_CLASS_UID);
  group += meta_element(0x0016, "AE", announced.caller);
  const std::size_t size = group.size();
  const std::string length{static_cast<char>(size & 0xFFU), static_cast<char>(size >> 8U), '\0', '\0'};
  return std::string(128, '\0') + "DICM" + meta_element(0x0000, "UL", length) + group;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // some network file systems cannot; the rename has succeeded there
  ::close(descriptor);
}

/// One process at a time gives names.
class Naming {
 public:
  explicit Naming(const fs::path& drop)
      : descriptor_(::open((incoming_folder(drop) / ".naming").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  ~Naming() { ::close(descriptor_); }
  Naming(const Naming&) = delete;
  Naming& operator=(const Naming&) = delete;

 private:
  int descriptor_;
};

bool has_digest(const fs::path& file, const std::string& digest) try {
  return data_set_digest(file) == digest;
} catch (const Error&) {  // damaged on the disk: what comes now is not the same
  return false;
}

/// Gives `file` the first name that is free, unless one of those taken has the same data set.
void place(const fs::path& file, const fs::path& folder, const std::string& stem, Event& event) {
  for (int n = 1;; ++n) {
    const std::string name = n == 1 ? stem + ".dcm" : fmt::format("{}-{}.dcm", stem, n);
    const fs::path target = folder / name;
    event.name = name;
    if (!fs::exists(target)) {
      fs::rename(file, target);
      event.kind = n == 1 ? Event::Kind::kStored : Event::Kind::kConflicting;
      return;
    }
    if (has_digest(target, event.data_set_sha256)) {
      event.kind = Event::Kind::kRepeated;
      return;
    }
  }
}

}  // namespace

fs::path incoming_folder(const fs::path& drop) {
  return drop / "incoming";
}

void sweep_incoming(const fs::path& drop, int owner) {
  std::error_code ignored;
  const std::string start = owner == 0 ? std::string() : fmt::format("{}-", owner);
  for (const auto& entry : fs::directory_iterator(incoming_folder(drop), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".part") && name.starts_with(start)) fs::remove(entry.path(), ignored);
  }
}

Incoming::Incoming(const Room& room, const Announced& announced) : room_(room), announced_(announced) {
  static unsigned count = 0;
  path_ = incoming_folder(room.drop) / fmt::format("{}-{}.part", ::getpid(), count++);
  check_room();
  if (status_ != 0) return;
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ >= 0)
    write(preamble_and_meta(announced));
  else
    fail(kOutOfResources,
         fmt::format("cannot create {}: {}", path_.string(), std::generic_category().message(errno)));
}

Incoming::~Incoming() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(path_.c_str());  // nothing is there any more when it was renamed
}

void Incoming::fail(std::uint16_t status, std::string reason) {
  if (status_ != 0) return;
  status_ = status;
  reason_ = std::move(reason);
}

void Incoming::check_room() {
  struct statvfs disk {};
  if (::statvfs(room_.drop.c_str(), &disk) != 0) return;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free < room_.min_free_bytes)
    fail(kOutOfResources,
         fmt::format("{} MiB are free below {}, {} must stay free",
                     free >> 20U,
                     room_.drop.string(),
                     room_.min_free_bytes >> 20U));
}

void Incoming::write(std::string_view bytes) {
  while (!bytes.empty() && status_ == 0) {
    const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      return fail(kOutOfResources,
                  fmt::format("cannot write {}: {}", path_.string(), std::generic_category().message(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void Incoming::take(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > room_.max_object_bytes)
    fail(kOutOfResources, fmt::format("the object is larger than {} MiB", room_.max_object_bytes >> 20U));
  write(bytes);
}

std::uint16_t Incoming::keep(Event& event) try {
  event.kind = Event::Kind::kRefused;
  if (status_ == 0 && ::fsync(descriptor_) != 0)
    fail(kOutOfResources, fmt::format("cannot sync: {}", std::generic_category().message(errno)));
  if (status_ == 0) {
    DataSet data_set(path_);
    const std::string study_uid = data_set.text(DCM_StudyInstanceUID);
    if (data_set.text(DCM_SOPInstanceUID) != announced_.sop_instance_uid ||
        data_set.text(DCM_SOPClassUID) != announced_.sop_class_uid)
      fail(kMismatch, "SOP class or instance UID of the data set differ from those of the request");
    else if (study_uid.empty())
      fail(kCannotUnderstand, "StudyInstanceUID (0020,000d) is missing or empty");
    event.study_uid = plain_uid(study_uid);
    event.study = study_key(study_uid);
    event.data_set_sha256 = data_set.digest();
  }
  if (status_ != 0) {
    event.reason = reason_;
    return status_;
  }
  event.file_sha256 = files::sha256_of_file(path_);
  const fs::path folder = room_.drop / "studies" / event.study;
  const Naming naming(room_.drop);
  if (fs::create_directory(folder)) sync_folder(folder.parent_path());
  place(path_, folder, files::sha256(announced_.sop_instance_uid).substr(0, 32), event);
  sync_folder(folder);
  return 0;
} catch (const Error& e) {
  event.reason = e.what();
  return e.code() == Errc::kFormat ? kCannotUnderstand : kOutOfResources;
} catch (const std::exception& e) {  // out of memory, or a rename that failed
  event.reason = e.what();
  return kOutOfResources;
}

}  // namespace ledd::dicom_network
