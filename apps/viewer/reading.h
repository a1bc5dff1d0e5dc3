#pragma once
#include <QString>
#include <vector>

#include "scene.h"

namespace ledd::viewer {

/// What a scene holds at a point, in words: "231 HU, thickness 2.31 mm, femoral cartilage". Empty beyond the
/// scan.
QString reading_at(const Scene& scene, const Point& p_lps_mm);

/// The structures of a label map, ascending.
std::vector<std::uint16_t> ids_of(const Labels& labels);

}  // namespace ledd::viewer
