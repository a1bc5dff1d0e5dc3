#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

namespace ledd::spine_mri {

/// Bodies, S1 and discs under their ids. A disc has the id of the body above it, and none where that has
/// none.
Labels::Pointer named(const SpineSegmentation::Result& found, const VertebraLevels::Result& levels);

/// What VertebraLevels asks of a segmentation.
std::vector<VertebraLevels::Seen> seen_in(const SpineSegmentation::Result& found);

/// Carries the count of a series that reaches further over to the bodies of the scan, which lie in the same
/// patient coordinates.
/// @return  The levels of `here` as counted there, with a note; or `own` unchanged but for a note that says
/// why
///          the other series does not help.
VertebraLevels::Result recounted(const VertebraLevels::Result& own,
                                 const SpineSegmentation::Result& here,
                                 const VertebraLevels::Result& there_levels,
                                 const SpineSegmentation::Result& there,
                                 const std::string& name);

/// "level_probability" and its definition.
const EndpointDefinition& level_probability();
std::vector<Measurement> measurements_of(const std::vector<VertebraLevels::Level>& levels);
/// Why the levels are not certain, in a sentence or two; empty when all are.
std::string doubt_of(const VertebraLevels::Result& levels);

/// Marks what carries a doubtful level, whether a body ("L3"), a part of one ("L4 inf") or a span ("L1-S1",
/// "L1/L2").
void add_doubts(std::vector<Measurement>& measurements, const std::vector<VertebraLevels::Level>& levels);

}  // namespace ledd::spine_mri
