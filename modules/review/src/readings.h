#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "ledd/cases/versions.h"
#include "ledd/review/agreement.h"
#include "ledd/review_record/review_record.h"

namespace ledd::review {

inline constexpr const char* kAutomatic = "automatic result";  // no name of a reader: those have no blanks
inline constexpr const char* kAllReaders = "all readers";

/// A result that is still there, and what came before it.
struct KnownResult {
  cases::CaseVersion version;
  std::size_t place = 0;  ///< Among the results of its case; 0 is the oldest.
  std::string
      previous;  ///< Digest of the result it was made from, or else of the one before it; empty: none.
  std::string automatic;  ///< Digest of the newest automatic result before it; empty: none is left.
};

/// The last verdict of a reader on a result.
struct Judgement {
  std::string reader, case_id, pipeline, structure;
  std::string judged;     ///< Digest of the result it is about; of a correction, the one that was corrected.
  std::size_t place = 0;  ///< Of that result.
  review_record::Verdict verdict{};
  std::string result;  ///< Digest of the result that the reader saw or, of a correction, made.
};

struct Readings {
  std::map<std::string, KnownResult> results;  ///< By digest.
  std::vector<Judgement> judgements;           ///< In the order in which they were given.
  std::vector<ReadingTime> times;              ///< By reader.
  std::vector<std::string> notes;
};

/// What readers said in some folders. @throws as agreement_of()
Readings readings_of(const AgreementOptions& options);

/// Two results of one case that are to be compared.
struct Compared {
  Pair pair;
  std::string case_id;
  const KnownResult *first = nullptr, *second = nullptr;  ///< Never null; of the Readings.
};
/// By pair, then by case.
std::vector<Compared> compared_of(const Readings& readings,
                                  AgreementOptions::Results which,
                                  std::vector<std::string>& notes);

std::vector<VerdictAgreement> verdicts_of(const Readings& readings);
std::vector<ValueAgreement> values_of(const std::vector<Compared>& compared, std::vector<std::string>& notes);
std::vector<MaskAgreement> masks_of(std::vector<Compared> compared,
                                    std::vector<std::string>& notes,
                                    Context& context);

double median(std::vector<double> values);  ///< Of at least one.

}  // namespace ledd::review
