#pragma once
#include <cstdint>

#include "ledd/label_editing/operations.h"

namespace ledd::viewer {

/// What the left button does on a plane.
struct Tool {
  enum class Kind {
    kCursor,
    kBrush,
    kEraser,    ///< Takes from the structure `id`, and from no other.
    kMoveEnd,   ///< Drags the nearest end of a structure along the structure's axis.
    kLandmark,  ///< Drags a place of an outline, or the end of a measurement's line on it.
  };
  Kind kind = Kind::kCursor;
  std::uint16_t id = 0;    ///< The structure that is drawn; moved first where several are near.
  double radius_mm = 2.0;  ///< Of the brush; of a landmark how far around it the outline follows.
  bool ball = false;       ///< Paints in neighbouring slices too.
  label_editing::Over over = label_editing::Over::kBackground;
  std::uint16_t over_id = 0;  ///< With Over::kOne.
};

}  // namespace ledd::viewer
