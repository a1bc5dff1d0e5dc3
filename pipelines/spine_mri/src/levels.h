#pragma once
#include <optional>
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

/// Puts right what a count says of the sacrum where nobody looked for it: it may be in view, and S1 among the
/// bodies.
void say_sacrum_not_sought(VertebraLevels::Result& levels);

/// Where the last lumbar body has the shape of a transitional vertebra (`lstv_hint` of 1 or 2), it may be a
/// lumbar S1 or a sacral L6 as well: no level that stands on it is certain. The probability is then
/// VertebraLevels::kOpen, an assumption: no person with such a vertebra was at hand.
void doubt_transitional(const std::optional<double>& lstv_hint, VertebraLevels::Result& levels);

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
