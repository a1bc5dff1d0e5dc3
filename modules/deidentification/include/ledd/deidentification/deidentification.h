#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/deidentification/subject_key.h"
#include "ledd/dicom/dicom.h"

/// De-identification of DICOM files, and of what Ledd keeps of them in memory.
namespace ledd::deidentification {

/// What became of a file. Every file ends as exactly one of these; none is dropped without a row.
enum class Decision {
  kWritten,   ///< De-identified.
  kSetAside,  ///< Legal, but a person could be recognised, or not of a kind that is de-identified here.
  kRefused,   ///< Broken, or nobody knows whose it is.
};
std::string_view name_of(Decision decision) noexcept;

using Words = std::set<std::string, std::less<>>;

/// Plain data: all that de-identifying a file depends on, so that it may happen in another process.
struct Rules {
  Secret secret{};
  std::vector<Subject> subjects;
  Words words;                   ///< Lower case; descriptors keep only these.
  bool allow_faces = false;      ///< Heads and declared recognisable features are written, not set aside.
  bool allow_secondary = false;  ///< So are images whose ImageType says SECONDARY; screen saves never.
};

/// The anatomical and technical words that come with Ledd.
Words built_in_words();
/// One word of ASCII letters and digits a line; # starts a comment. @throws Error{kParam}  says which line.
Words read_words(const std::filesystem::path& file);

/// Rules with a key's secret and subjects and the built-in words.
Rules rules_of(const SubjectKey& key);

struct Counts {
  unsigned texts_shortened = 0;  ///< Descriptors and report texts that lost words.
  unsigned dates_emptied = 0;    ///< Dates that could not be read.
  unsigned values_emptied = 0;   ///< Numbers and characteristics that were none.
  unsigned private_kept = 0;     ///< Private numbers on the safe list.
  unsigned private_removed = 0;
};

/// Who and what a file is, from its header.
struct Examined {
  Decision decision = Decision::kRefused;
  std::string reason;              ///< Quotes no value. Empty exactly when it can be written.
  std::string patient_id, issuer;  ///< As the site knows them: never for a log.
  std::string study_uid, series_uid, sop_uid;
};

/// Never throws for a bad file: it gets a decision.
Examined examine(const std::filesystem::path& file, const Rules& rules);

/// Name of the new file: subject/study/series/instance.dcm, pseudonym and digests of the new UIDs.
/// @throws Error{kInput}  the rules do not know the subject.
std::string name_of(const Examined& examined, const Rules& rules);

struct Outcome {
  Decision decision = Decision::kRefused;
  std::string reason;  ///< Quotes no value. Empty exactly when written.
  std::string bytes;   ///< The new file; empty unless written.
  std::string name;    ///< See name_of.
  Counts counts;
};

/// The file de-identified. Same file, same rules: same bytes. Touches nothing but the file, which it reads.
///
/// Method   DICOM PS3.15 Annex E: Basic Application Level Confidentiality Profile with the options Clean
///          Descriptors, Clean Structured Content, Retain Longitudinal Temporal Information With Modified
///          Dates, Retain Patient Characteristics, Retain Device Identity and Retain Safe Private, where
///          docs/deidentification.md is not stricter. Pixel data are copied.
/// Limits   Text in pixels and faces are known by what headers declare, not by looking.
Outcome deidentify(const std::filesystem::path& file, const Rules& rules);

/// The pseudonym of a stack's subject, a new one for a subject not yet known. @throws Error  as
/// SubjectKey::enrol().
std::string enrol(SubjectKey& key, const dicom::Stack& stack);

/// Replaces in a stack all that names the person, exactly as in the stack's de-identified files. Paths of
/// slices, and the id that other records refer to, stay: they are for this site only.
/// @throws Error{kInput}  the key does not know the subject.
void apply(const SubjectKey& key, dicom::Stack& stack);

}  // namespace ledd::deidentification
