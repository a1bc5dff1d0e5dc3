#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/pipeline.h"
#include "ledd/image/image.h"
#include "ledd/review_record/review_record.h"

namespace ledd::review {

/// Adds a decision of a reader to the case's record and to the log of the output folder: the one door for
/// accepted, rejected and comments. The tables over all cases are not written.
/// @return  As review_record::add().
/// @throws Error{kInput}  the case has another result than `decision.result_sha256`, which was looked at
///                        (empty: none). Nothing is written then.
/// @throws Error          as review_record::add(); the folder's log cannot be written: then the decision
///                        stands, and the message says so.
review_record::Decision judge(const std::filesystem::path& out, const review_record::Decision& decision);

/// A reader's correction of a finished case.
struct Correction {
  std::filesystem::path out;
  std::string case_id;
  std::string reader, comment;
  double seconds = 0.0;
  bool blinded = false;
  std::string result_sha256;  ///< Of the result that was corrected: cases::OpenCase::result_sha256.
  /// Where to find the scan when it is not where the case's record says.
  std::vector<std::filesystem::path> look_in{};
  std::filesystem::path key{};  ///< Of the subjects' pseudonyms, where the output folder has them.
};

struct Published {
  std::string case_id;
  std::string result_sha256;  ///< Of the new result, which stands now.
  /// What went wrong behind it: the result stands all the same.
  std::vector<std::string> problems;
};

/// Makes a correction the result of its case.
///
/// Method   The labels are kept in `OUT/reviews`, and measured by the pipeline of the case with the
///          parameters, the scan and the companion series of its record (cases::correct_case). The new result
///          takes the place of the one that was corrected, which goes to `superseded`; then the decision
///          `corrected` is added to the case's record, the log of the folder gets its entries, and the tables
///          over all cases are written. An outline that nobody changed may be published too: then the reader
///          answers for it.
/// Limits   Takes as long as measuring does. The caller gives up the draft (Draft::finish) when this returns,
///          and keeps it when it throws: nothing of the case has changed then.
/// @param labels   On the grid of the case's labels, with Ledd's ids.
/// @throws Error{kInput}  another reader or a run was faster, the scan is not as it was, names need a key; or
///                        the measurement refuses the labels, and why.
/// @throws Error          as cases::correct_case and review_record::add; the code with which measuring
///                        failed.
Published publish(const Correction& correction,
                  const Labels& labels,
                  const cases::Registry& registry,
                  const cases::Listener& listener,
                  cases::Stop& stop);

}  // namespace ledd::review
