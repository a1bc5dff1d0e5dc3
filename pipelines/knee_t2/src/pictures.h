#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "ledd/knee_t2/knee_t2.h"

namespace ledd::knee_t2 {

/// Of all maps whose values have a meaning of their own; `times` is that of the fitted time.
std::map<std::string, ColourScale> scales(const ColourScale& times);

/// The map over the first echo: with labels the slice that shows most of each plate, without them three
/// slices.
std::vector<Figure> figures(const Outcome& outcome, const MapOverlay& overlay);

/// How many voxels were fitted, and what became of them.
SummaryLine fit_summary(const std::string& map, const std::array<std::size_t, kFitQualities>& count);

/// Mean, SD and halves of each plate; what could not be measured, and why.
std::vector<SummaryLine> region_summary(const std::string& quantity,
                                        const std::vector<Measurement>& measurements);

}  // namespace ledd::knee_t2
