#include <fmt/format.h>

#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/deidentification/deidentification.h"
#include "ledd/files/files.h"

#include "admission.h"
#include "dcmtk.h"
#include "encode.h"
#include "jpeg_comments.h"
#include "mapping.h"
#include "scrub.h"

namespace ledd::deidentification {
namespace {

Outcome not_written(Decision decision, std::string reason) {
  Outcome outcome;
  outcome.decision = decision;
  outcome.reason = std::move(reason);
  return outcome;
}

Examined directory() {
  Examined examined;
  examined.decision = Decision::kSetAside;
  examined.reason = "a directory of DICOM files; make a new one of the copies";
  return examined;
}

/// Folder and file names of our own: nothing of a header becomes a path.
std::string digest(const std::string& text) {
  return files::sha256(text).substr(0, 16);
}

Outcome deidentify_sound(const std::filesystem::path& path, const Rules& rules) {
  DcmFileFormat file;
  if (const OFCondition loaded = file.loadFile(path.c_str()); loaded.bad())
    return not_written(Decision::kRefused, fmt::format("cannot be parsed: {}", loaded.text()));
  std::unique_ptr<DcmDataset> dataset(file.getAndRemoveDataset());
  const Examined examined = admit(*dataset, rules);
  if (examined.decision != Decision::kWritten) return not_written(examined.decision, examined.reason);
  const Subject* subject = find_subject(rules.subjects, examined.patient_id, examined.issuer);
  if (subject == nullptr)
    return not_written(Decision::kRefused,
                       "the key does not know this subject, or knows it from several issuers");
  Outcome outcome;
  blank_jpeg_comments(*dataset);
  outcome.counts = scrub(*dataset, rules, *subject);
  outcome.name = name_of(examined, rules);
  outcome.bytes = encode(std::move(dataset));
  outcome.decision = Decision::kWritten;
  return outcome;
}

/// What goes wrong with one file is that file's row.
template <class Work>
auto guarded(Work&& work, std::invoke_result_t<Work> failed) {
  try {
    return work();
  } catch (const Error& e) {
    failed.reason = e.what();
  } catch (const std::bad_alloc&) {
    failed.reason = "needs more memory than there is";
  }
  failed.decision = Decision::kRefused;
  return failed;
}

}  // namespace

std::string_view name_of(Decision decision) noexcept {
  switch (decision) {
    case Decision::kWritten: return "written";
    case Decision::kSetAside: return "set aside";
    case Decision::kRefused: return "refused";
  }
  return "?";
}

Rules rules_of(const SubjectKey& key) {
  Rules rules;
  rules.secret = key.secret();
  rules.subjects = key.subjects();
  rules.words = built_in_words();
  return rules;
}

std::string name_of(const Examined& examined, const Rules& rules) {
  const Subject* subject = find_subject(rules.subjects, examined.patient_id, examined.issuer);
  require(subject != nullptr, Errc::kInput, "the key does not know this subject");
  return fmt::format("{}/{}/{}/{}.dcm",
                     subject->pseudonym,
                     digest(uid_of(rules.secret, examined.study_uid)),
                     digest(uid_of(rules.secret, examined.series_uid)),
                     digest(uid_of(rules.secret, examined.sop_uid)));
}

Examined examine(const std::filesystem::path& path, const Rules& rules) {
  set_up_dcmtk();
  Examined structure = check_structure(path);
  if (structure.decision != Decision::kWritten) return structure;
  return guarded(
      [&]() -> Examined {
        DcmFileFormat file;
        const OFCondition loaded = file.loadFileUntilTag(
            path.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect, DCM_PixelData);
        require(loaded.good(), Errc::kFormat, fmt::format("cannot be parsed: {}", loaded.text()));
        if (raw_text(*file.getMetaInfo(), DCM_MediaStorageSOPClassUID) == UID_MediaStorageDirectoryStorage)
          return directory();
        return admit(*file.getDataset(), rules);
      },
      Examined{});
}

Outcome deidentify(const std::filesystem::path& path, const Rules& rules) {
  set_up_dcmtk();
  const Examined structure = check_structure(path);
  if (structure.decision != Decision::kWritten) return not_written(structure.decision, structure.reason);
  return guarded([&] { return deidentify_sound(path, rules); }, Outcome{});
}

}  // namespace ledd::deidentification
