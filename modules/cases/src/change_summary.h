#pragma once
#include <string>
#include <vector>

#include "ledd/store/changes.h"

namespace ledd::cases {

/// changes.html over the rows of changes.csv. @param reports  Ids of the pairs that have a report of their
/// own.
std::string changes_html(const std::vector<store::CaseChanges>& changes,
                         const std::vector<std::string>& reports);

}  // namespace ledd::cases
