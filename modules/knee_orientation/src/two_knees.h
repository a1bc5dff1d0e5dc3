#pragma once
#include <optional>

#include "ledd/image/image.h"

namespace ledd::knee {

/// What the foreground shows along the slices of a volume in the working order.
struct Span {
  double width_mm = 0.0;       ///< Of the slices with foreground.
  std::optional<long> valley;  ///< The first slice of the second knee, when there are two.
};

/// @throws Error{kInput}  no foreground.
Span span_of(const Volume& sagittal);

/// The slices from `first` up to but without `end`, on the same grid.
Volume::Pointer slices_of(const Volume& sagittal, long first, long end);

}  // namespace ledd::knee
