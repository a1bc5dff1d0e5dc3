#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/measurement/report_parts.h"

namespace ledd::knee_mri {

/// What a reader grasps first: the compartments' thickness and the bone that is bare.
std::vector<SummaryLine> summary_of(const std::vector<Measurement>& measurements);

}  // namespace ledd::knee_mri
