#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/cases/study_plan.h"

#include "study_record.h"

namespace ledd::cases {

/// Where a study stands, and how it names each case.
struct StudyStanding {
  std::vector<StudyRow> rows;                ///< Sorted.
  std::map<std::string, StudyRecord> names;  ///< By case id, finished or not.
};

/// As study_status(), from these finished cases, which are those of the output folder.
StudyStanding standing_of(const StudyPlan& plan, const std::vector<Finished>& finished, study::Date today);

}  // namespace ledd::cases
