#include "ledd/measurement/measurement.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"

namespace ledd {

std::string_view name_of(Quality quality) noexcept {
  switch (quality) {
    case Quality::kGood: return "good";
    case Quality::kUncertain: return "uncertain";
    case Quality::kFailed: return "failed";
  }
  return "failed";
}

Measurement measured(std::string region, const EndpointDefinition& endpoint, double value) {
  require(std::isfinite(value), Errc::kNumeric, fmt::format("{} of {} is {}", endpoint.key, region, value));
  return {"", std::move(region), endpoint.key, "value", value, endpoint.unit, Quality::kGood, ""};
}

Measurement uncertain(std::string region,
                      const EndpointDefinition& endpoint,
                      double value,
                      std::string reason) {
  Measurement m = measured(std::move(region), endpoint, value);
  m.quality = Quality::kUncertain;
  m.reason = std::move(reason);
  return m;
}

Measurement failed(std::string region, const EndpointDefinition& endpoint, std::string reason) {
  return {"",
          std::move(region),
          endpoint.key,
          "value",
          std::nullopt,
          endpoint.unit,
          Quality::kFailed,
          std::move(reason)};
}

Measurement inherent(Measurement measurement) {
  measurement.inherent = measurement.quality != Quality::kGood;
  return measurement;
}

}  // namespace ledd
