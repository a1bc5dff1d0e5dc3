#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/measurement/measurement.h"

namespace ledd {

/// A number with its standard error; empty with a reason.
struct Estimate {
  std::optional<double> value;
  std::optional<double> se;
  Quality quality = Quality::kFailed;
  std::string reason;     ///< Empty exactly when quality is kGood.
  bool inherent = false;  ///< As Measurement::inherent.
};

/// The definition with this key. @throws Error{kInternal} if there is none.
const EndpointDefinition& definition_of(std::string_view key, const std::vector<EndpointDefinition>& all);

/// A value with the quality and reason of where it comes from; without a value when that is kFailed.
/// @throws Error{kNumeric} if `value` is not finite though `quality` is not kFailed.
Measurement graded(std::string region,
                   const EndpointDefinition& endpoint,
                   double value,
                   Quality quality,
                   std::string reason);

/// The statistics "value" and, when there is one, "se"; or the row that says why there is no value.
void push_estimate(const std::string& region,
                   const EndpointDefinition& endpoint,
                   const Estimate& estimate,
                   std::vector<Measurement>& out);

}  // namespace ledd
