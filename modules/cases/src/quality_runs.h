#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ledd/cases/quality.h"

#include "finished.h"

namespace ledd::cases {

/// Endpoint, region, side, statistic.
using ChartKey = std::tuple<std::string, std::string, std::string, std::string>;

struct ChartInfo {
  std::string title, unit;
};

/// One scan of a phantom.
struct PhantomRun {
  std::string case_id;
  std::string acquired;  ///< ISO 8601; a date alone where no more is known.
  double day = 0.0;      ///< Since 1970-01-01, with the time of day.
  DeviceRecord device;
  bool clean = true;  ///< Nothing of it needs eyes.
  std::map<ChartKey, double> values;
};

/// Runs that may be compared.
struct RunGroup {
  std::string scanner, phantom, protocol;
  bool calibrates = false;       ///< By a calibration phantom: its drift can be told.
  std::vector<PhantomRun> runs;  ///< In order of time.
  std::map<ChartKey, ChartInfo> charts;
};

struct FoundRuns {
  std::vector<RunGroup> groups;  ///< By scanner, phantom, protocol.
  std::vector<std::string> notes;
};

/// @throws Error{kNotFound, kFormat}
FoundRuns phantom_runs(const QualityOptions& options);

}  // namespace ledd::cases
