#pragma once
#include <vector>

#include "ledd/cases/survey.h"

#include "join.h"

namespace ledd::cases {

/// For pipelines that join echoes: a series that they accept but that has one echo time only is refused.
void refuse_lone_echoes(Survey& survey, const Registry& registry);

/// One case for each series among `input.primaries`, with all its accepted stacks; see plan().
/// @param several  One echo is a problem.
std::vector<PlannedCase> join_echoes(const JoinInput& input, bool several);

}  // namespace ledd::cases
