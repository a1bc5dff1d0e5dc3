#pragma once
#include <optional>
#include <string>

#include "ledd/review/agreement.h"

namespace ledd::review {

/// "0.71 (0.39 to 1)"; "-" where there is none.
std::string shown(const std::optional<double>& value, const std::optional<statistics::Interval>& range);
std::string shown(const VerdictAgreement& one);  ///< Its kappa.
std::string called(const Pair& pair);            ///< "anna, ben".
std::string called(const ValueAgreement& one);   ///< "ThC FC R".

}  // namespace ledd::review
