#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/measurement/colour_scale.h"

namespace ledd {

/// A surface seen from one or more sides, coloured by a value of its points: described and not drawn.
struct SurfaceFigure {
  /// One picture of the surface, by parallel projection.
  struct View {
    std::string title;                 ///< "from below".
    std::array<double, 3> toward_lps;  ///< From the surface to the eye; any length but 0.
    std::array<double, 3> up_lps;      ///< What is up in the picture; not along `toward_lps`.
  };
  std::string name;     ///< File name without extension. Lower case, digits, hyphens.
  std::string caption;  ///< One sentence for the reader.
  std::vector<std::array<double, 3>> points_lps_mm;
  std::vector<std::array<std::uint32_t, 3>> triangles;
  std::vector<float> values;  ///< One of each point; NaN where there is none: drawn grey.
  ColourScale scale;
  std::vector<View> views;  ///< Side by side, at one scale.
};

/// A surface laid out flat, coloured by its value: described and not drawn.
struct FlatMapFigure {
  struct Line {
    std::vector<std::array<double, 2>>
        points_px;     ///< Column and row; (0, 0) is the centre of the first pixel.
    std::string text;  ///< Written at the middle of its points; may be empty.
  };
  std::string name;
  std::string caption;
  std::size_t columns = 0, rows = 0;
  double mm_per_pixel = 1.0;
  std::vector<float> values;  ///< Row by row; NaN: no surface there.
  ColourScale scale;
  std::array<std::string, 4> borders;  ///< What lies left, right, above, below: "medial", "anterior".
  std::vector<Line> lines;             ///< Borders of regions.
};

}  // namespace ledd
