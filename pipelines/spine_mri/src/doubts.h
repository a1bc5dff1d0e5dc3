#pragma once
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_result.h"
#include "ledd/spine_mri/spine_mri.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"

/// What a body's surroundings say against measures that look good by themselves.
namespace ledd::spine_mri {

/// The bodies not to be trusted, with the reason; add_doubts() marks what is measured on them.
///
/// Method   Missing signal: more than a tenth of the place the body takes up shows less than 15 % of the
///          marrow's usual signal; its neighbours are bent by the same metal. Missing bone: the facing
///          endplates of two neighbours lie much farther apart than the discs of this spine, so that a body
///          or a part of one was not found. Odd shape: the depth departs by more than a fifth, or a height
///          exceeds by more than a quarter, what the neighbours let expect (a low body may be broken, which
///          is no error). Above T10 nothing was compared with readers.
std::vector<VertebraLevels::Level> doubtful_bodies(const SpineResult& spine,
                                                   const Labels& labels,
                                                   const Volume& scan);

/// Why the surfaces are not to be trusted when the image contradicts the weighting its header states (values
/// upside down, or another series under this header); empty when it does not.
std::string doubtful_contrast(const SpineStudy::Series& series, const Volume& flat, const Labels& labels);

/// Makes whatever is good uncertain.
void doubt_all(std::vector<Measurement>& measurements, const std::string& reason);

/// Takes away what bodies found by the classical method cannot carry: what needs their sides (width, volume,
/// lateral curves), which are a prior and not seen, and grades, whose steps are as small as its errors.
void drop_beyond_classical(std::vector<Measurement>& measurements);

}  // namespace ledd::spine_mri
