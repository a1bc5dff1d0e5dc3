#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ledd::cases {

struct QualityOptions {
  std::vector<std::filesystem::path> outs;
  std::filesystem::path to;
  std::vector<std::string> phantom_subjects;  ///< Shell patterns: cases of these subjects are phantom runs.
  std::vector<std::string> endpoints;  ///< Keys; only these. Empty: the calibration's and the phantom's, and
                                       ///< of a phantom subject's other cases all.
  bool in_scan = false;  ///< Phantoms that lie beneath a body count too, apart from those that lie alone.
  bool rods = false;     ///< Charts of each rod, too.
  std::size_t baseline_runs = 8;           ///< The first so many; at least ControlChart::kFewestRuns.
  std::string baseline_from, baseline_to;  ///< ISO dates: the runs of these days instead; both or neither.
  std::vector<std::string> new_baselines;  ///< ISO dates; or "PATTERN=DATE", of scanners whose name matches.
  std::vector<std::string> leave_out;      ///< Ids of cases that are known to be no good run.
};

/// A rule that a run breaks.
struct QualityAlarm {
  std::string date, since;  ///< Of the run, and of the first of those that break the rule together.
  std::string scanner, phantom, protocol, region, endpoint, unit, case_id, rule, meaning;
  double value = 0.0, centre = 0.0, low = 0.0, high = 0.0;  ///< In `unit`; limits of a CUSUM in SD.
  bool in_baseline = false;
};

struct QualitySummary {
  std::size_t runs = 0, charts = 0, charts_with_limits = 0;
  std::vector<QualityAlarm> alarms;  ///< By date.
  std::vector<std::string> notes;    ///< What was left out, and why.
};

/// Scanner quality over time: writes quality.csv, alarms.csv and quality.html into `options.to`.
///
/// Method   A phantom run is a finished case that was calibrated by a phantom in the scan and measured no
/// bone,
///          or one of a phantom subject. Runs of one scanner (maker, model, serial number; else station), one
///          phantom and one protocol belong together, in order of the scanner's time stamp. Each endpoint of
///          them is a ControlChart, and so is calibration_drift_mg_cm3 at 100 mg/cm3. Changes of software
///          and station are marked; they begin a new baseline only where `new_baselines` says so. A run
///          with a doubt that a reader could settle is no part of a baseline.
/// @throws Error{kNotFound, kFormat}          as read_status; kNotFound also when there is no phantom run.
/// @throws Error{kParam}                      an option is illegal.
/// @throws Error{kCreate, kIo, kPermission}
QualitySummary scanner_quality(const QualityOptions& options);

}  // namespace ledd::cases
