#pragma once
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

/// What a body's surroundings say against measures that look good by themselves.
namespace ledd::spine_mri {

/// Whether the row can be a thoracic or lumbar one.
/// @throws Error{kInput}  the bodies lie as near to each other as those of a neck.
void require_no_neck(const std::vector<SpineSegmentation::Body>& bodies);

/// The bodies not to be trusted, with the reason; add_doubts() marks what is measured on them.
///
/// Method   Missing signal: more than a tenth of the place the body takes up shows less than 15 % of the
///          marrow's usual signal. Missing bone: the facing endplates of two neighbours lie much farther
///          apart than the discs of this spine, so that a body or a part of one was not found. Odd shape: the
///          depth departs by more than a fifth, or a height exceeds by more than a quarter, what the
///          neighbours let expect (a low body may be broken, which is no error). Above T10 nothing was
///          compared with readers.
/// @param flat  The scan without the coil's fall-off; null when there is none.
std::vector<VertebraLevels::Level> doubtful_bodies(const SpineResult& spine,
                                                   const Labels& labels,
                                                   const Volume* flat);

}  // namespace ledd::spine_mri
