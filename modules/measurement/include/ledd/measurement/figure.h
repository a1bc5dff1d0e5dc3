#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/colour_scale.h"

namespace ledd {

/// A line drawn over a slice, in physical space.
struct Polyline {
  std::vector<std::array<double, 3>> points_lps_mm;
  std::array<std::uint8_t, 3> rgb{255, 255, 0};
  std::string text;     ///< Written beside the first point; may be empty.
  std::string about{};  ///< What was measured there, for who points at it: "L1 Ha 24.3 mm"; may be empty.
  std::string group{};  ///< Lines that are shown or hidden together: "discs"; empty: by its figure's name.
};

/// A map drawn in colour over a slice, with a bar that says what the colours mean.
struct MapOverlay {
  std::string map;  ///< Key of Outcome::maps; same grid as what the figure is drawn on. NaN is not
                    ///< drawn.
  ColourScale scale;
  bool within_labels = false;  ///< Only where the label map is not 0.
};

/// A picture for the report, described and not drawn: one slice of the source image with what was found on
/// it.
struct Figure {
  std::string name;     ///< File name without extension: "mid-sagittal". Lower case, digits, hyphens.
  std::string caption;  ///< One sentence for the reader.
  unsigned axis = 2;    ///< The image axis the slice is perpendicular to: 0, 1, 2 for i, j, k.
  long slice = 0;       ///< Index along `axis`.
  bool labels = true;   ///< Draw the outlines of the label map, with their short names.
  std::vector<Polyline> lines;
  /// Cut to what is labelled in the whole volume and this margin; empty: the whole slice is shown.
  std::optional<double> around_labels_mm{};
  std::vector<std::uint16_t> around_ids{};  ///< The labels meant by `around_labels_mm`; empty: all.
  std::optional<MapOverlay> colours{};
  std::optional<std::array<double, 2>>
      window{};         ///< Shown black and white; empty: by the image's percentiles.
  bool letters = true;  ///< Of the patient's directions; false where the image does not know them.
};

}  // namespace ledd
