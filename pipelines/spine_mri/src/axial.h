#pragma once
#include "ledd/spine_mri/spine_mri.h"

namespace ledd::spine_mri {

/// Canal and muscles at the discs on the study's axial series, with figures on them. A series that cannot be
/// used is named in a note. Nothing when there is none.
void measure_axial(const SpineStudy& study,
                   const SpineMri::Params& params,
                   const SpineMri::Geometry& geometry,
                   Outcome& outcome,
                   Context& context);

}  // namespace ledd::spine_mri
