#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ledd::deidentification {

using Secret = std::array<std::uint8_t, 32>;

/// A person as the files of the site name them, and as they are named after de-identification.
struct Subject {
  std::string patient_id;  ///< PatientID (0010,0020) as UTF-8.
  std::string issuer;      ///< IssuerOfPatientID (0010,0021) as UTF-8; empty when not stated.
  std::string pseudonym;   ///< 1 to 16 of A-Z a-z 0-9 - _ .
};

/// What turns names, UIDs and dates of a site into those of its de-identified files, always the same way. It
/// undoes de-identification, so it is a file that stays with the site.
///
/// Method   UID: "2.25." and the first 128 bits of HMAC-SHA256(secret, UID) as a decimal number. Dates: each
///          subject's are earlier by a constant number of days from 1 to 3,652, from
///          HMAC-SHA256(secret, pseudonym).
/// Limits   A subject is a PatientID and its issuer. An ID without an issuer is the one subject known by that
///          ID; known from several issuers, it is nobody's.
class SubjectKey {
 public:
  /// A new key with a secret of 256 random bits. Writes nothing until save().
  /// @throws Error{kCreate}  the file exists already, or cannot be locked.
  static SubjectKey create(const std::filesystem::path& file);

  /// Reads a key and locks it against other writers as long as this object lives.
  /// @throws Error{kNotFound, kPermission, kIo}
  /// @throws Error{kPermission}   others than its owner may read it.
  /// @throws Error{kFormat}       cut off, changed by hand, or no such key.
  /// @throws Error{kUnsupported}  of another version.
  /// @throws Error{kCreate}       in use by another run.
  static SubjectKey open(const std::filesystem::path& file);

  /// The same without the lock, to look subjects up by: many processes may, and save() refuses.
  static SubjectKey read(const std::filesystem::path& file);

  /// Writes the key, mode 0600: all of it, or what was there before.
  /// @throws Error{kCreate, kIo, kPermission}
  void save();

  /// The pseudonym of a subject; nullopt when unknown or from one of several issuers.
  std::optional<std::string> pseudonym(const std::string& patient_id, const std::string& issuer = {}) const;

  /// The same, but a subject not yet known gets the next free of S0001, S0002, ...
  /// @throws Error{kInput}  the ID is empty, or known from several issuers while none is stated here.
  std::string enrol(const std::string& patient_id, const std::string& issuer = {});

  /// Gives an original ID a pseudonym of the site's own choice.
  /// @throws Error{kInput}  the pseudonym is illegal or another subject's, or the ID has another one already.
  void assign(const std::string& patient_id, const std::string& pseudonym);

  /// UIDs that the standard itself defines (1.2.840.10008...) and empty ones stay.
  std::string uid(const std::string& original) const;

  /// A date "YYYYMMDD", moved as all dates of this subject; empty when it is none.
  /// @throws Error{kInput}  the subject is unknown.
  std::string date(const std::string& patient_id, const std::string& date) const;

  const std::filesystem::path& file() const noexcept { return file_; }
  const Secret& secret() const noexcept { return secret_; }
  const std::vector<Subject>& subjects() const noexcept { return subjects_; }  ///< In order of first sight.

 private:
  struct Lock;
  SubjectKey(std::filesystem::path file, std::shared_ptr<Lock> lock);
  void take_content();

  std::filesystem::path file_;
  std::shared_ptr<Lock> lock_;
  Secret secret_{};
  std::vector<Subject> subjects_;
};

/// Reads lines "original,pseudonym" (RFC 4180; a heading with these two words is skipped) into a key.
/// @return               The original IDs that it lists.
/// @throws Error{kParam} a line has not two fields, or names an ID or pseudonym twice; says which line.
std::vector<std::string> assign_from_csv(const std::filesystem::path& csv, SubjectKey& key);

}  // namespace ledd::deidentification
