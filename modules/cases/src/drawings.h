#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/measurement/outcome.h"

namespace ledd::cases {

/// Where the measurements of a case were taken, for a viewer to draw.
inline constexpr const char* kDrawingsFile = "drawings.json";

struct Drawings {
  std::vector<Polyline> lines;                ///< Each with a group.
  std::map<std::string, ColourScale> scales;  ///< By name of a map.
};

/// The lines of all figures and the outcome's own, each once, and the scales of its maps.
/// parse(print(x)) gives points to 0.001 mm.
std::string print_drawings(const Outcome& outcome);
/// @throws Error{kFormat}
Drawings parse_drawings(const std::string& json);

}  // namespace ledd::cases
