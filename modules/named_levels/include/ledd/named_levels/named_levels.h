#pragma once
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

/// What a count of vertebrae means for the bodies that were segmented and for what is measured on them.
namespace ledd::named_levels {

/// Whether the row can be a thoracic or lumbar one.
/// @throws Error{kInput}  the bodies lie as near to each other as those of a neck.
void require_no_neck(const std::vector<SpineSegmentation::Body>& bodies);

/// Makes every level a doubt when the count cannot start from what was taken for S1: it shows no signal (a
/// hole in the scan), is cut by the lower border (it may be a lumbar body), or a body as large as the others
/// lies below it.
void doubt_count(const SpineSegmentation::Result& found, const Volume& scan, VertebraLevels::Result& levels);

/// The levels, and S1 after them when L5 is in doubt: then it may be no S1.
std::vector<VertebraLevels::Level> with_s1(std::vector<VertebraLevels::Level> levels);

/// Bodies, S1 and discs under their ids. A disc has the id of the body above it, and none where that has
/// none.
Labels::Pointer named(const SpineSegmentation::Result& found, const VertebraLevels::Result& levels);

/// What VertebraLevels asks of a segmentation.
std::vector<VertebraLevels::Seen> seen_in(const SpineSegmentation::Result& found);

/// "level_probability" and its definition.
const EndpointDefinition& level_probability();
std::vector<Measurement> measurements_of(const std::vector<VertebraLevels::Level>& levels);
/// Why the levels are not certain, in a sentence or two; empty when all are.
std::string doubt_of(const VertebraLevels::Result& levels);

/// Marks what carries a doubtful level, whether a body ("L3"), a part of one ("L4 inf") or a span ("L1-S1",
/// "L1/L2").
void add_doubts(std::vector<Measurement>& measurements, const std::vector<VertebraLevels::Level>& levels);

}  // namespace ledd::named_levels
