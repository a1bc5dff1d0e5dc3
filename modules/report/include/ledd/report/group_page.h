#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"

namespace ledd::report {

/// A case of a group page.
struct GroupCase {
  std::string case_id, pipeline, subject, visit, study_date, site, scanner;
  std::string link;                                        ///< Relative path of the case's page.
  const std::vector<Measurement>* measurements = nullptr;  ///< Not owned; never null.
  std::string decision{};                                  ///< Of the readers; empty where there is none.
};

/// What a case does otherwise than its study's protocol says.
struct GroupDeviation {
  std::string case_id, subject, session, text;
};

/// A case without a result.
struct GroupFailure {
  std::string case_id, pipeline, state, stage, reason, series;
};

struct GroupPage {
  std::string title;
  std::vector<GroupCase> cases;
  std::vector<EndpointDefinition> definitions;
  std::vector<GroupDeviation> deviations;
  std::vector<GroupFailure> failures;
};

/// group.html: strip plots of every endpoint by site, scanner, visit or side, outliers marked and leading to
/// their cases; protocol deviations, how often endpoints were uncertain or not measurable and why, and cases
/// without a result in tables. One file with its own script, without the network. A value's six leading
/// digits are kept: the tables hold all. What is chosen stands in the address, behind '#':
/// pipeline=&endpoint=&region=&statistic=&by=&site=&scanner=&visit=&side=&quality=good.
/// @throws Error{kInput}  `measurements` is null, or a link is not a relative path.
std::string group_page(const GroupPage& page);

}  // namespace ledd::report
