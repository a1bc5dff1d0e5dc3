#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/figure.h"

namespace ledd::cases {

/// Where the measurements of a case were taken, for a viewer to draw.
inline constexpr const char* kDrawingsFile = "drawings.json";

/// The lines of all figures, each once. parse(print(x)) gives them to 0.001 mm.
std::string print_drawings(const std::vector<Figure>& figures);
/// @throws Error{kFormat}
std::vector<Polyline> parse_drawings(const std::string& json);

}  // namespace ledd::cases
