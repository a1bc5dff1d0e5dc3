#pragma once
#include <optional>

#include "ledd/image/sampled.h"

namespace ledd::surface {

/// How far out of `edge` the cortex ends, mm; nothing where none stands out of the marrow.
///
/// Method   The cortex's middle p is where HU are highest. Its thickness is what its HU amount to: the
///          integral, 3 mm to either side, of HU above marrow (inside of p) and above what lies outside,
///          over what compact bone has above them. Blur moves neither.
/// Source   Treece et al., Med Image Anal 14:276, 2010, who fit the blur as well.
std::optional<double> cortex_end(const Sampled<Volume>& hu, const Point& edge, const Point& normal);

}  // namespace ledd::surface
