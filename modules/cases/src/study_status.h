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

/// As study_status().
StudyStanding standing_of(const StudyPlan& plan, study::Date today);

}  // namespace ledd::cases
