#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/survey.h"
#include "ledd/study/lists.h"
#include "ledd/study/study.h"

namespace ledd::cases {

struct Finished;

/// A study file, read with the lists that it names; paths start at its folder.
struct StudyFile {
  study::Study study;
  study::Lists lists;
  std::filesystem::path folder, out, key;       ///< `key` is empty when there is none.
  std::vector<std::filesystem::path> inputs{};  ///< Wildcards expanded, sorted.
};

/// @throws Error{kParam}                     the file or a list is not as it must be; says where.
/// @throws Error{kNotFound, kPermission, kIo}  one of them, or an input, is not there.
StudyFile read_study(const std::filesystem::path& file);

/// The cases of one protocol, ready to be worked on: what an executor needs.
struct StudyJob {
  std::string protocol;
  const Pipeline* pipeline = nullptr;  ///< Of the registry; never null.
  Prepared prepared;
  std::vector<PlannedCase> cases{};  ///< Without those that an earlier job has.
};

/// How a case or series differs from what a rule expects.
struct StudyDeviation {
  std::string what, expected, found;
};

/// A case as the study sees it: one for each protocol that it was planned for.
struct StudyCase {
  std::string protocol, pipeline, case_id;
  std::string subject, site, scanner;                                ///< Empty: as the header says.
  std::string shown_subject, shown_site, shown_scanner, shown_date;  ///< As tables name them.
  std::string side;                                                  ///< By the header: R, L, B or "".
  std::optional<study::Date> date{};
  std::vector<StudyDeviation> deviations{};
  std::string problem{};      ///< It will be set aside, and why.
  std::string refused{};      ///< The study does not let it be measured, and why; `case_id` is empty then.
  bool off_protocol = false;  ///< Refused for a deviation.
  bool planned = true;        ///< False: finished earlier; not among what this run planned.
};

/// What became of a series of the input: a row of study_series.csv.
struct StudySeries {
  std::string series, subject, study_date, description, protocols, cases, reason;
};

struct StudyPlan {
  StudyFile file;
  std::vector<StudyJob> jobs;                    ///< By name of protocol.
  std::vector<StudyCase> cases;                  ///< With those that earlier runs finished for this study.
  std::vector<StudySeries> series;               ///< Every one of the input, sorted.
  std::map<std::string, study::Date> baselines;  ///< By subject.
  std::shared_ptr<const std::vector<Finished>> finished;  ///< What the output folder held then; never null.
};

/// Plans each protocol on the series that it matches: cases::plan(), with the other series of a study as
/// companions where the pipeline wants them. The order of files and rules does not matter.
/// @param key  Names the subjects in results, new ones are enrolled; may be null.
/// @throws Error{kParam}  a pipeline, parameter or endpoint does not exist; two protocols measure one series
///                        by one pipeline with different parameters.
/// @throws Error{kInput, kFormat}  as plan(); a record in the output folder is malformed.
StudyPlan plan_study(const StudyFile& file,
                     const Survey& survey,
                     const Registry& registry,
                     deidentification::SubjectKey* key);

/// Where a visit's protocol stands: a row of study_status.csv.
struct StudyRow {
  std::string subject, visit, protocol, side;
  std::string state;  ///< One of study_states().
  std::string reason, expected, found, site, scanner, study_date, day, case_id;
  bool operator==(const StudyRow&) const = default;
};

/// The states that a row may have, the best first.
const std::vector<std::string>& study_states();

/// Compares what should be with what was finished when the plan was made. Touches nothing.
/// @param today  The day on which visits are due or not, unless the file states one.
std::vector<StudyRow> study_status(const StudyPlan& plan, study::Date today);

/// The bytes of study_status.csv and study_series.csv.
std::string study_status_csv(const std::vector<StudyRow>& rows);
std::string study_series_csv(const StudyPlan& plan);

/// A listener that has every case named by the study as soon as it is finished, before any table is made.
/// The plan outlives it.
Listener naming_listener(const StudyPlan& plan, Listener listener);

/// Names all finished cases by the study (study.json) and writes the study's tables, and all others where a
/// name changed. Under a key study_series.csv is left out: its series may belong to nobody that the key
/// knows.
/// @throws Error{kCreate, kIo, kPermission, kFormat}
std::vector<StudyRow> record_study(const StudyPlan& plan, study::Date today);

/// The summary of several batches as that of one.
Summary joined(const std::vector<Summary>& batches);

}  // namespace ledd::cases
