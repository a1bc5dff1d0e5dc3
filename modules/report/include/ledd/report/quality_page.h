#pragma once
#include <string>
#include <vector>

#include "ledd/report/report.h"

/// The page on a scanner's quality over time.
namespace ledd::report {

/// One run of a phantom on a chart.
struct QualityPoint {
  double day = 0.0;  ///< Since 1970-01-01.
  std::string date;  ///< As it is shown.
  double value = 0.0;
  double cusum_high = 0.0, cusum_low = 0.0;  ///< SD, both from 0 upward.
  bool baseline = false;
  std::string rules;  ///< Names of the rules it breaks: "1-3s, CUSUM"; empty when it breaks none.
  std::string case_id;
};

/// Limits, from one run to another.
struct QualityLimits {
  double from_day = 0.0, to_day = 0.0;
  double centre = 0.0, sd = 0.0;
};

/// A change of the scanner's software or hardware, or a new baseline.
struct QualityMark {
  double day = 0.0;
  std::string date, text;
};

struct QualityChart {
  std::string title, unit;
  std::string note;  ///< Why there are no limits, or how good they are.
  std::vector<QualityPoint> points;
  std::vector<QualityLimits> limits;
};

struct QualityScanner {
  std::string name;
  Facts facts;
  std::vector<QualityMark> marks;
  std::vector<QualityChart> charts;
};

/// A rule that a chart breaks, as text: when first, how often, and the value that is furthest off.
struct QualityAlarmRow {
  std::string date, times, scanner, chart, rule, value, unit, limits, case_id;
};

struct QualityPage {
  std::string title;
  std::vector<std::string> notes;
  std::vector<QualityAlarmRow> alarms;
  Facts rules;  ///< Name and meaning of each rule.
  std::vector<QualityScanner> scanners;
  double cusum_limit = 5.0;  ///< SD.
};

/// A self-contained HTML page without script: alarms first, then for each scanner its control charts (drawn
/// as SVG) with the CUSUM below. Every text escaped. Same page, same bytes.
/// @throws Error{kInput}  a value or a day is not finite.
std::string quality_page(const QualityPage& page);

}  // namespace ledd::report
