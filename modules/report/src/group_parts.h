#pragma once
#include <string>

#include "ledd/report/group_page.h"

namespace ledd::report {

/// The numbers of a group page as JSON that may stand in a script element: columns in place of rows, texts
/// once. Of each series ({p: pipeline, e: endpoint, r: region, s: statistic, u: unit}): `c`, numbers of its
/// cases, each as the difference to the one before, the first alone where all are 1; `v`, values with six
/// digits, null where there is none; `d`, a digit a row that names its side, left out where no row has one;
/// `f`, for each row that is not good its number, 1 for uncertain or 2 for not measurable, and the number of
/// its reason.
std::string group_data(const GroupPage& page);

/// What draws the plots.
extern const char* const kGroupScript;

}  // namespace ledd::report
