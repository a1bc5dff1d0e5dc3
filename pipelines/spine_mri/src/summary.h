#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/outcome.h"

namespace ledd::spine_mri {

/// What a reader must grasp first: which levels are in view and how sure they are, what lies beyond the
/// cut-off of its endpoint, and what was looked for and not found. Nothing is measured here.
/// @param level_doubt  Why levels are not certain; empty when they are.
std::vector<SummaryLine> summary_of(const Outcome& outcome, const std::string& level_doubt);

}  // namespace ledd::spine_mri
