#pragma once
#include <vector>

#include "ledd/plane_view/plane_view.h"

namespace ledd::viewer {

/// 256 colours from dark blue to yellow: even to the eye, readable to the colour-blind and in grey.
const std::vector<plane_view::Rgb>& viridis();

}  // namespace ledd::viewer
