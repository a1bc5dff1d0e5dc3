#pragma once
#include <vector>

#include "ledd/cases/survey.h"

namespace ledd::cases {

/// Gives each case that wants it the series that is segmented for it, or says why there is none; see plan().
/// @param join  Whether the series of a study may be used together.
void add_anatomy(const Survey& survey, const AnatomyRule& rule, bool join, std::vector<PlannedCase>& cases);

}  // namespace ledd::cases
