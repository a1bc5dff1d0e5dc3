#pragma once
#include <string>

#include "ledd/deidentification/deidentification.h"

#include "dcmtk.h"

namespace ledd::deidentification {

/// Whether a data set may be de-identified, and whose it is.
Examined admit(DcmItem& dataset, const Rules& rules);

/// Whether the walk over a file's structure lets a parser come near it; `reason` is empty when it does.
Examined check_structure(const std::filesystem::path& file);

}  // namespace ledd::deidentification
