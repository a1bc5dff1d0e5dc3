#pragma once
#include <string>
#include <vector>

#include "ledd/store/changes.h"

#include "finished.h"
#include "precision.h"

namespace ledd::cases {

/// Follow-up minus baseline of every endpoint that either visit has a row of, with the smallest detectable
/// change beside it and a verdict. A row that is the error of another one (`se`, `slice_sd`) has none.
///
/// Where version, parameters, weights or origin of the segmentation differ, the change is uncertain and says
/// so; where scanner or method differ, its precision is also unknown, since repeats are of one.
/// @param sides  Of which joints; empty: all that both show, where both know theirs. A row without side
/// belongs to each.
std::vector<store::ChangeRow> differences(const Finished& baseline,
                                          const Finished& followup,
                                          const std::vector<std::string>& sides,
                                          const Precision& precision);

}  // namespace ledd::cases
