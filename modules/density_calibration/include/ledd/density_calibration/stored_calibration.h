#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/density_calibration/density_line.h"

namespace ledd {

/// What a calibration depends on, as the scanner states it. Empty or absent: not stated.
struct CtProtocol {
  std::string manufacturer, model, station, device_serial;
  std::optional<double> tube_kv;
  std::string kernel;  ///< Of reconstruction.
  std::optional<double> slice_mm;
  std::string date;  ///< YYYYMMDD.
};

/// A calibration for scans to come.
struct StoredCalibration {
  DensityLine line;
  CtProtocol protocol;
};

/// As TOML; parse_calibration(to_toml(c)) has the same values.
std::string to_toml(const StoredCalibration& calibration);
/// @throws Error{kFormat}  no TOML, a key that is unknown, missing or of another type, a value that no
/// calibration
///                         has; names the key.
StoredCalibration parse_calibration(std::string_view toml_text);

/// Asynchronous calibration: the line of one scan, for another of the same scanner and protocol.
///
/// Method   Maker, model, station, serial number, tube voltage, kernel and slice thickness must be stated in
/// both
///          and be the same; the dates must not be further apart than `max_age_days`, either way.
/// Limits   The body is not the phantom: its scatter and hardening are not in the line.
class ApplyStoredCalibration {
 public:
  struct Params {
    int max_age_days = 31;
    double max_kv_difference = 0.5;
    double max_slice_difference_mm = 0.01;
    static const ParamTable<Params>& table();
  };

  struct Result {
    std::optional<DensityLine> line;
    std::vector<std::string> reasons;  ///< Every mismatch; empty when there is a line.
    std::optional<int> age_days;       ///< Of the calibration at the scan; negative when it was made later.
  };

  /// @throws Error{kParam}
  explicit ApplyStoredCalibration(const Params& params);
  ApplyStoredCalibration() : ApplyStoredCalibration(Params{}) {}

  Result operator()(const StoredCalibration& calibration, const CtProtocol& scan) const;

 private:
  Params params_;
};

}  // namespace ledd
