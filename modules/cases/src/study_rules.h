#pragma once
#include <vector>

#include "ledd/cases/study_plan.h"

namespace ledd::cases {

/// A protocol and what it measures with.
struct StudyRule {
  const study::Protocol& protocol;
  const Pipeline& pipeline;
  Prepared prepared;
};

/// The pipeline of a protocol with its parameters: of a pipeline file, then those of the study file.
/// @throws Error{kParam}  there is no such pipeline or parameter. @throws Error{kNotFound, kPermission, kIo}
StudyRule study_rule(const study::Protocol& protocol, const StudyFile& file, const Registry& registry);

/// @throws Error{kParam}  a required endpoint is none of its pipeline's, or its pipeline is not used.
void check_endpoints(const study::Study& study, const std::vector<StudyRule>& rules);

}  // namespace ledd::cases
