#pragma once
#include <vector>

#include "ledd/measurement/colour_scale.h"
#include "ledd/plane_view/plane_view.h"

namespace ledd::viewer {

/// 256 colours from dark blue to yellow: even to the eye, readable to the colour-blind and in grey.
const std::vector<plane_view::Rgb>& viridis();

/// From blue over white to red, for changes: as the report draws them.
const std::vector<plane_view::Rgb>& blue_to_red();

/// The colours that the report uses too.
const std::vector<plane_view::Rgb>& palette_of(ColourScale::Kind kind);

}  // namespace ledd::viewer
