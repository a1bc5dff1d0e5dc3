#pragma once
#include <string>
#include <vector>

#include "ledd/knee_t2/knee_t2.h"

namespace ledd::knee_t2 {

/// Side and doubts of the segmentation, on every row measured in it. A row without a value keeps its reason.
void mark(const KneeT2Study& study, std::vector<Measurement>& measurements);

/// Why a study without labels has no regions.
std::string without_labels(const KneeT2Study& study);

/// The rows of all plates without a value, and a note that says why.
void add_unmeasured(const KneeT2Study& study,
                    CartilageRelaxometry::Quantity quantity,
                    const std::string& reason,
                    Outcome& outcome);

}  // namespace ledd::knee_t2
