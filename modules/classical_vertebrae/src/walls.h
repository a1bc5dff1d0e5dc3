#pragma once
#include "column.h"
#include "slices.h"

namespace ledd::classical {

/// Moves the front and back walls of all boxes of a column to where they are together most likely: contrast
/// across both, evenness between them, depths and courses that change little from body to body. Looks,
/// and the mean likeness, are taken anew.
void settle_walls(const Slices& slices, Column& column);

}  // namespace ledd::classical
