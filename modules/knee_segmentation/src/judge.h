#pragma once
#include <string>
#include <vector>

#include "cleaning.h"
#include "fields.h"

namespace ledd::knee {

/// Refuses what is no whole single knee, and names what is unusual.
/// @param grid      Cleaned classes.
/// @param second    Cleaned::second_share.
/// @return          Reasons to flag the result; empty when all is as it should be.
/// @throws Error{kInput}
std::vector<std::string> judge(const Grid& grid, const std::array<double, kClasses>& second);

}  // namespace ledd::knee
