#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledd/dicom_network/receiver.h"

namespace ledd::dicom_network {

enum class StudyState { kReceiving, kComplete, kIncomplete, kRunning, kDone, kFailed };
std::string_view name_of(StudyState state) noexcept;

/// One object of a study.
struct StudyFile {
  std::string name, file_sha256, data_set_sha256;
  int version = 1;      ///< The first version of the study that has it.
  std::string arrived;  ///< ISO 8601, UTC.
};

/// How a pipeline ended.
struct StudyRun {
  std::string pipeline;
  int exit = 0;
  std::string ended;  ///< ISO 8601, UTC.
};

/// What a study held when nothing more arrived, and what was made of it.
struct StudyVersion {
  StudyState state = StudyState::kReceiving;
  std::string closed{};  ///< ISO 8601, UTC.
  std::vector<std::string> incomplete{}, warnings{};
  std::optional<StudyRun> run{};
};

struct Study {
  std::string key;        ///< Name of its folder: 24 hexadecimal digits.
  std::string study_uid;  ///< Digits and dots, else empty.
  std::string first_arrival, last_arrival;
  std::size_t repeats = 0;  ///< Objects that came again with the same data set.
  std::vector<StudyFile> files{};
  std::vector<StudyVersion> versions{StudyVersion{}};  ///< The last one is the present one.

  StudyState state() const { return versions.back().state; }
  int version() const { return static_cast<int>(versions.size()); }
};

/// The folder that objects are received into, and its books: `studies/<key>/*.dcm` with one study.json each.
///
/// Method   A study is receiving until it is closed. An object that arrives later opens version n + 1, with
///          all objects; what was found of version n stays in its row. study.json is written at the first
///          arrival, when save() finds it older than a second, and at each change of state. Files are the
///          truth: at start, objects that study.json lacks are digested and taken in.
class Drop {
 public:
  /// Makes the folder, takes it for this process, sweeps temporary files, reads the books.
  /// @throws Error{kCreate, kPermission, kIo}
  /// @throws Error{kCancelled}  another receiver works in it.
  explicit Drop(std::filesystem::path folder);
  ~Drop();
  Drop(const Drop&) = delete;
  Drop& operator=(const Drop&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path folder_of(const std::string& key) const { return folder_ / "studies" / key; }
  const std::map<std::string, Study>& studies() const { return studies_; }

  /// Takes an event of a stored, repeated or conflicting object into the books; others change nothing.
  void take(const Event& event);

  /// Studies that are receiving and had no arrival for so long.
  std::vector<std::string> idle(std::chrono::milliseconds since) const;

  /// Ends the present version: complete when `incomplete` is empty.
  void close(const std::string& key, std::vector<std::string> incomplete, std::vector<std::string> warnings);
  /// A pipeline begins with a version, and ends with it: kDone with exit 0, kFailed else. Exit 75 puts it
  /// back where it was before begin_run().
  void begin_run(const std::string& key, int version);
  void end_run(const std::string& key, int version, const StudyRun& run);

  /// Writes the books that changed since they were written a second ago; all of them when `now`. What cannot
  /// be written, on a full disk, stays in memory and is tried again; nothing is thrown.
  void save(bool now);
  /// Why books could not be written; empty when they could.
  const std::string& problem() const { return problem_; }

 private:
  using Clock = std::chrono::steady_clock;
  void read_study(const std::string& key);
  void write(Study& study);

  std::filesystem::path folder_;
  int lock_ = -1;
  std::map<std::string, Study> studies_;
  std::map<std::string, Clock::time_point> arrived_, written_;
  std::set<std::string> changed_;
  std::string problem_;
};

/// Name of the folder of a study: 24 hexadecimal digits of the SHA-256 of its UID.
std::string study_key(const std::string& study_uid);

/// The time now as study.json has it: 2026-01-31T12:00:00Z.
std::string utc_now();

/// SHA-256 over the data set of a DICOM file, element by element: tag and value in little endian, sequences
/// by their items. It is the same whatever the file meta information, the uncompressed transfer syntax,
/// group lengths, padding and kind of sequence length.
/// @throws Error{kFormat}  the file cannot be parsed.
std::string data_set_digest(const std::filesystem::path& file);

}  // namespace ledd::dicom_network
