#include "ledd/measurement/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ledd/core/error.h"

namespace ledd {

const EndpointDefinition& definition_of(std::string_view key, const std::vector<EndpointDefinition>& all) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == key; });
  require(found != all.end(), Errc::kInternal, fmt::format("endpoint {} has no definition", key));
  return *found;
}

Measurement graded(std::string region,
                   const EndpointDefinition& endpoint,
                   double value,
                   Quality quality,
                   std::string reason) {
  switch (quality) {
    case Quality::kGood: return measured(std::move(region), endpoint, value);
    case Quality::kUncertain: return uncertain(std::move(region), endpoint, value, std::move(reason));
    case Quality::kFailed: break;
  }
  return failed(std::move(region), endpoint, std::move(reason));
}

void push_estimate(const std::string& region,
                   const EndpointDefinition& endpoint,
                   const Estimate& estimate,
                   std::vector<Measurement>& out) {
  const auto push = [&](const Measurement& m) { out.push_back(estimate.inherent ? inherent(m) : m); };
  if (!estimate.value) {
    push(failed(region, endpoint, estimate.reason));
    return;
  }
  push(graded(region, endpoint, *estimate.value, estimate.quality, estimate.reason));
  if (!estimate.se) return;
  push(graded(region, endpoint, *estimate.se, estimate.quality, estimate.reason));
  out.back().statistic = "se";
}

}  // namespace ledd
