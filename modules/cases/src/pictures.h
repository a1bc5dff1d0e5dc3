#pragma once
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/report/report.h"

namespace ledd::cases {

/// The pictures of a page. Slices need the scan they are drawn on; surfaces and flat maps stand for
/// themselves. @param scan  Null when there is none. @throws Error{kInternal}  a map that is not there.
std::vector<report::Picture> pictures_of(const Volume* scan, const Outcome& outcome);

}  // namespace ledd::cases
