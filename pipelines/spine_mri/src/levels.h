#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

namespace ledd::spine_mri {

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

}  // namespace ledd::spine_mri
