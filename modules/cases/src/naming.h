#pragma once
#include <string>
#include <vector>

#include "ledd/cases/survey.h"

#include "record.h"

namespace ledd::deidentification {
class SubjectKey;
}

namespace ledd::cases {

/// How results name a case: as its headers do, or by the pseudonyms of a key. One place decides for tables,
/// reports, records, logs and DICOM objects alike.
class Naming {
 public:
  /// `key` may be null and outlives this object.
  explicit Naming(const deidentification::SubjectKey* key) : key_(key) {}

  /// The case with the names, UIDs and dates that results may hold. Its files stay where they are.
  /// @throws Error{kInput}  the key does not know the subject.
  PlannedCase named(const PlannedCase& planned) const;

  /// A text without the paths of the case's files, which may name a person: "file 3" instead.
  std::string text(std::string text, const PlannedCase& planned) const;

  /// Digests of files without their paths.
  std::vector<FileDigest> digests(std::vector<FileDigest> files, const std::string& kind) const;

  /// Tells one key from another, and no key, without telling anything of it.
  std::string fingerprint() const;

 private:
  const deidentification::SubjectKey* key_;
};

}  // namespace ledd::cases
