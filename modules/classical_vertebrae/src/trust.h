#pragma once
#include <string>
#include <vector>

#include "ledd/classical_vertebrae/classical_vertebrae.h"

#include "column.h"
#include "outline.h"
#include "slices.h"

namespace ledd::classical {

/// Why a row of boxes is not to be trusted; empty when it is.
std::string doubt_of(const Column& column, const ClassicalVertebrae::Params& params);

/// How much brighter the back third of the bodies is than their front third, in border contrasts across the
/// endplates: the median over the bodies. Marrow is even; a row that was set too far back holds the dural sac
/// in its back third, one too far in front what lies before the spine. 0 for no outline.
double unevenness_of(const Slices& slices, const std::vector<Outline>& bodies, Polarity polarity);

/// Why the outlines are not to be trusted; empty when they are.
std::string doubt_of(double unevenness, const ClassicalVertebrae::Params& params);

}  // namespace ledd::classical
