#pragma once
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd::spine_mri {

/// Marks as inherent what failed only because the image ends there: of the first body of the column that the
/// upper border cuts, of the last that the lower border cuts, and of vertebrae beyond both, which have no
/// room in the image. A cut body is part of every lumbar stack and no fault of it. A body further inside that
/// failed, whatever the reason, still asks for eyes.
///
/// Method   A body is cut when its label touches the border across the image axis nearest to head-foot. The
///          next vertebra has no room when the end body's centre, carried on by one and a half times the step
///          between the last two centres (35 mm for a single body), lies outside.
void mark_out_of_view(std::vector<Measurement>& measurements, const Labels& labels);

}  // namespace ledd::spine_mri
