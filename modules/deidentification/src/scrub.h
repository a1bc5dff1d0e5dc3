#pragma once
#include <string>

#include "ledd/deidentification/deidentification.h"

#include "dcmtk.h"

namespace ledd::deidentification {

/// Applies the profile to a data set and all its sequences, and adds what was done: (0012,0062),
/// (0012,0063), (0012,0064), (0028,0303). `subject` is one of the rules'.
Counts scrub(DcmItem& dataset, const Rules& rules, const Subject& subject);

}  // namespace ledd::deidentification
