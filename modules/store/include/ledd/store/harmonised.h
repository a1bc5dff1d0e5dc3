#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/store/store.h"

namespace ledd::store {

/// One measurement and what it is after harmonisation, which never takes its place.
struct HarmonisedRow {
  Measurement measurement;
  std::string method;  ///< Of the measurement.
  std::optional<double> harmonised;
  std::string batch;        ///< Scanner or site; empty where not known.
  std::size_t samples = 0;  ///< Values of this endpoint and region that its batch has.
  std::string reason;       ///< Why there is no harmonised value, or how far to trust it; empty: good.
};

struct HarmonisedCase {
  CaseInfo info;
  std::vector<HarmonisedRow> rows;
};

/// The columns of endpoints.csv up to version, then value_harmonised,harmonisation,batch,batch_samples,
/// harmonisation_reason,reviewed,reader,decision; rows as given. @param harmonisation  "combat", "phantom".
std::string harmonised_csv(const std::vector<HarmonisedCase>& cases, const std::string& harmonisation);

/// What was found of one batch in one endpoint and region: a row of harmonisation.csv.
struct BatchRow {
  std::string pipeline, endpoint, region, statistic, unit, method, batch;
  std::size_t samples = 0;
  std::optional<double> shift, shift_used;  ///< In the endpoint's unit, or the offset of a line.
  std::optional<double> scale, scale_used;  ///< 1: as the other batches; or the slope of a line.
  std::optional<double> shift_se, scale_se;
  std::string reason;
};
std::string batches_csv(const std::vector<BatchRow>& rows);

}  // namespace ledd::store
