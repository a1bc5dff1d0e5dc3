#pragma once
#include <vector>

#include "ledd/scanner_quality/control_chart.h"

#include "quality_runs.h"

namespace ledd::cases {

/// A stretch of runs with one baseline.
struct ChartEpoch {
  std::vector<std::size_t> runs;  ///< Indices into RunGroup::runs, in order of time.
  std::vector<bool> baseline;     ///< Of each.
  ControlChart::Result result;    ///< Of each.
};

struct RunChart {
  std::string endpoint, region;  ///< As in ChartKey, or "calibration_drift".
  ChartInfo info;
  std::vector<double> values;  ///< By run of the group; NaN where it has none.
  std::vector<ChartEpoch> epochs;
};

/// All charts of a group: the calibration's drift first, then its endpoints by name.
/// @throws Error{kParam}  a date is none.
std::vector<RunChart> charts_of(const RunGroup& group, const QualityOptions& options);

/// @throws Error{kParam}
void require_legal(const QualityOptions& options);

/// Whether a new baseline begins at a run; `PATTERN=DATE` holds for scanners whose name matches.
std::vector<double> new_baselines_of(const std::string& scanner, const QualityOptions& options);

}  // namespace ledd::cases
