#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledd {

/// How far a value may be trusted.
enum class Quality {
  kGood,       ///< Measured as defined; all checks passed.
  kUncertain,  ///< Measured, but `reason` says what a reader must know before using it.
  kFailed,     ///< Not measurable; the value is empty and `reason` says why.
};

std::string_view name_of(Quality quality) noexcept;

/// One endpoint of one region: one row of endpoints.csv.
struct Measurement {
  std::string side;             ///< "R", "L", or "" where there is no side.
  std::string region;           ///< Short anatomical name: "L1", "L1/L2", "L1-S1", "MT".
  std::string endpoint;         ///< Key of an EndpointDefinition: "Ha", "LL_L1_S1".
  std::string statistic;        ///< "value", "mean", "sd", ...
  std::optional<double> value;  ///< Empty exactly when quality is kFailed; never NaN.
  std::string unit;             ///< UCUM: "mm", "deg", "1", "%".
  Quality quality = Quality::kGood;
  std::string reason;  ///< Empty exactly when quality is kGood.
  /// The doubt or the gap lies in how the scan was made or in what is published (a body cut by the field of
  /// view, slices too far apart, no T1, no norm): no reader can mend it, and a case is not shown for it.
  bool inherent = false;
};

/// Whether somebody who looks at the case could settle it.
inline bool needs_eyes(const Measurement& m) noexcept {
  return m.quality != Quality::kGood && !m.inherent;
}

/// What an endpoint means: one row of the catalogue and of data_dictionary.csv.
struct EndpointDefinition {
  std::string key;         ///< "Ha": letters, digits, underscore; the field's own term.
  std::string title;       ///< "Anterior vertebral body height".
  std::string unit;        ///< UCUM.
  std::string method;      ///< Name of the measuring method, with its version: "six-point/1".
  std::string definition;  ///< One or two sentences a reader can repeat the measurement from.
  std::string source;      ///< Author, journal, year.
  std::string precision;  ///< What was measured of its error, and where it is printed; or "not yet measured".
};

/// A value that was measured. @throws Error{kNumeric} if `value` is not finite.
Measurement measured(std::string region, const EndpointDefinition& endpoint, double value);
/// The same, to be read with care, and why.
Measurement uncertain(std::string region,
                      const EndpointDefinition& endpoint,
                      double value,
                      std::string reason);
/// A value that could not be measured, and why.
Measurement failed(std::string region, const EndpointDefinition& endpoint, std::string reason);
/// The same measurement, its doubt or gap marked as one that no reader can mend. @see Measurement::inherent
Measurement inherent(Measurement measurement);

}  // namespace ledd
