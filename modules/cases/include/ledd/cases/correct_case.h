#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/pipeline.h"

namespace ledd::cases {

/// A finished case, and the segmentation by which a reader corrects it.
struct CaseCorrection {
  std::filesystem::path out;
  std::string case_id;
  CorrectionOf of;
  std::filesystem::path labels;  ///< Image file with Ledd's ids. It stays: the new record names it.
  /// Where to find the scan when the files that the record names are no longer there.
  std::vector<std::filesystem::path> look_in;
  std::filesystem::path key{};  ///< Of the subjects' pseudonyms (`ledd run --key`); empty: none.
};

/// Measures a case anew with a corrected segmentation: the same pipeline, with the parameters, the scan and
/// the companion series of the case's record. The new result takes the place of the old one, which goes to
/// `superseded`. The tables over all cases are not written: refresh_overview().
///
/// What cannot be measured leaves the case as it is; the report says why.
/// @throws Error{kInput}        the case is not as it was when it was opened, its scan not as it was
/// measured,
///                              it was measured without a scan, or its names need a key that is not given.
/// @throws Error{kNotFound}     its scan, or a companion series, is not there.
/// @throws Error{kParam}        this version lacks its pipeline or one of its parameters.
/// @throws Error{kFormat, kCreate, kPermission, kIo}  the folder cannot be read or written.
/// @throws Error{kCancelled}    stopped by the caller.
CaseReport correct_case(const CaseCorrection& correction,
                        const Registry& registry,
                        const Listener& listener,
                        Stop& stop);

/// What to tell whoever wanted to write on a result that is no longer the one that stands.
std::string changed_since_opened(const std::string& case_id);

/// Of which result a case is now: the SHA-256 of its provenance.json; empty when it has none.
/// @throws Error{kPermission, kIo}
std::string standing_result(const std::filesystem::path& out, const std::string& case_id);

}  // namespace ledd::cases
