#pragma once
#include "ledd/deidentification/deidentification.h"

#include "dcmtk.h"

namespace ledd::deidentification {

/// Removes all private elements of the top level, but those numbers that Ledd measures with:
/// GE's (0019,10B6) and (0019,10B7) in a block of GEMS_ACQU_01; (0029,1000), (0029,1004) and (0029,1005) of
/// Scanco, which reserves no block, so that the manufacturer's name vouches for them. Each must be one finite
/// number.
void keep_safe_private(DcmItem& dataset, Counts& counts);

}  // namespace ledd::deidentification
