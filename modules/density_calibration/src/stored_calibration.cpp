#include "ledd/density_calibration/stored_calibration.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <set>

#include "ledd/core/config.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

/// Takes values out of a parsed text, and knows at the end what nobody asked for.
class Values {
 public:
  explicit Values(ValueMap values) : values_(std::move(values)) {}

  std::string text(const std::string& key) {
    const Value* value = find(key);
    if (value == nullptr) return {};
    const auto* text = std::get_if<std::string>(value);
    require(text != nullptr, Errc::kFormat, fmt::format("calibration: '{}' must be a text", key));
    return *text;
  }
  std::optional<double> maybe(const std::string& key) {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    double number = std::nan("");
    if (const auto* real = std::get_if<double>(value)) number = *real;
    if (const auto* whole = std::get_if<std::int64_t>(value)) number = static_cast<double>(*whole);
    require(
        std::isfinite(number), Errc::kFormat, fmt::format("calibration: '{}' must be a finite number", key));
    return number;
  }
  double number(const std::string& key) {
    const auto value = maybe(key);
    require(value.has_value(), Errc::kFormat, fmt::format("calibration: '{}' is missing", key));
    return *value;
  }
  double at_least_0(const std::string& key) {
    const double value = number(key);
    require(value >= 0.0, Errc::kFormat, fmt::format("calibration: '{}' = {} is below 0", key, value));
    return value;
  }
  void all_used() const {
    for (const auto& [key, value] : values_)
      require(used_.count(key) > 0, Errc::kFormat, fmt::format("calibration: unknown key '{}'", key));
  }

 private:
  const Value* find(const std::string& key) {
    used_.insert(key);
    const auto at = values_.find(key);
    return at == values_.end() ? nullptr : &at->second;
  }

  ValueMap values_;
  std::set<std::string> used_;
};

/// Days since 1970; nothing for what is no date.
std::optional<int> day_of(const std::string& date) {
  if (date.size() != 8 || date.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(std::stoi(date.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(std::stoi(date.substr(4, 2)))),
      std::chrono::day(static_cast<unsigned>(std::stoi(date.substr(6, 2))))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day).time_since_epoch().count();
}

std::string shown(const std::string& value) {
  return value.empty() ? "not stated" : "'" + value + "'";
}

void compare(const char* what,
             const std::string& calibration,
             const std::string& scan,
             std::vector<std::string>& reasons) {
  if (calibration.empty() || scan.empty() || calibration != scan)
    reasons.push_back(
        fmt::format("{}: {} in the calibration, {} in the scan", what, shown(calibration), shown(scan)));
}

void compare(const char* what,
             const std::optional<double>& calibration,
             const std::optional<double>& scan,
             double most,
             std::vector<std::string>& reasons) {
  if (calibration && scan && std::fabs(*calibration - *scan) <= most) return;
  const auto text = [](const std::optional<double>& v) { return v ? fmt::format("{}", *v) : "not stated"; };
  reasons.push_back(
      fmt::format("{}: {} in the calibration, {} in the scan", what, text(calibration), text(scan)));
}

}  // namespace

std::string to_toml(const StoredCalibration& calibration) {
  const DensityLine& line = calibration.line;
  ValueMap values{{"line.source", line.source},
                  {"line.mineral", std::string(name_of(line.mineral))},
                  {"line.sigma_hu", line.sigma_hu},
                  {"line.beta_hu", line.beta_hu},
                  {"line.var_sigma", line.var_sigma},
                  {"line.var_beta", line.var_beta},
                  {"line.covariance", line.covariance},
                  {"line.residual_sd_hu", line.residual_sd_hu},
                  {"line.correlation", line.correlation},
                  {"line.points", std::int64_t{line.points}},
                  {"line.field_se_hu", line.field_se_hu}};
  if (line.sigma_ref) values["line.sigma_ref"] = *line.sigma_ref;
  if (line.beta_ref) values["line.beta_ref"] = *line.beta_ref;
  const CtProtocol& protocol = calibration.protocol;
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) values[std::string("protocol.") + key] = text;
  };
  add("manufacturer", protocol.manufacturer);
  add("model", protocol.model);
  add("station", protocol.station);
  add("device_serial", protocol.device_serial);
  add("kernel", protocol.kernel);
  add("date", protocol.date);
  if (protocol.tube_kv) values["protocol.tube_kv"] = *protocol.tube_kv;
  if (protocol.slice_mm) values["protocol.slice_mm"] = *protocol.slice_mm;
  return to_toml(values);
}

StoredCalibration parse_calibration(std::string_view toml_text) {
  Values values(merge_config(toml_text, {}));
  StoredCalibration calibration;
  DensityLine& line = calibration.line;
  line.source = values.text("line.source");
  line.mineral = mineral_of(values.text("line.mineral"));
  line.sigma_hu = values.number("line.sigma_hu");
  require(line.sigma_hu > 0.0,
          Errc::kFormat,
          fmt::format("calibration: 'line.sigma_hu' = {} is not above 0", line.sigma_hu));
  line.beta_hu = values.number("line.beta_hu");
  line.var_sigma = values.at_least_0("line.var_sigma");
  line.var_beta = values.at_least_0("line.var_beta");
  line.covariance = values.number("line.covariance");
  require(
      line.covariance * line.covariance <= line.var_sigma * line.var_beta * (1.0 + 1e-9),
      Errc::kFormat,
      fmt::format("calibration: 'line.covariance' = {} is more than the variances allow", line.covariance));
  line.residual_sd_hu = values.at_least_0("line.residual_sd_hu");
  line.correlation = values.number("line.correlation");
  line.points = static_cast<int>(values.at_least_0("line.points"));
  line.field_se_hu = values.at_least_0("line.field_se_hu");
  line.sigma_ref = values.maybe("line.sigma_ref");
  line.beta_ref = values.maybe("line.beta_ref");
  CtProtocol& protocol = calibration.protocol;
  protocol.manufacturer = values.text("protocol.manufacturer");
  protocol.model = values.text("protocol.model");
  protocol.station = values.text("protocol.station");
  protocol.device_serial = values.text("protocol.device_serial");
  protocol.kernel = values.text("protocol.kernel");
  protocol.date = values.text("protocol.date");
  protocol.tube_kv = values.maybe("protocol.tube_kv");
  protocol.slice_mm = values.maybe("protocol.slice_mm");
  values.all_used();
  require(day_of(protocol.date).has_value(),
          Errc::kFormat,
          fmt::format("calibration: 'protocol.date' is {}, no date as 20240131", shown(protocol.date)));
  return calibration;
}

const ParamTable<ApplyStoredCalibration::Params>& ApplyStoredCalibration::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::max_age_days,
               "max_age_days",
               "d",
               "Between calibration and scan, either way.",
               {0, 3650})
          .add(&Params::max_kv_difference, "max_kv_difference", "kV", "Of the tube voltages.", {0, 20})
          .add(&Params::max_slice_difference_mm,
               "max_slice_difference_mm",
               "mm",
               "Of the slice thicknesses.",
               {0, 10});
  return table;
}

ApplyStoredCalibration::ApplyStoredCalibration(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

ApplyStoredCalibration::Result ApplyStoredCalibration::operator()(const StoredCalibration& calibration,
                                                                  const CtProtocol& scan) const {
  const CtProtocol& own = calibration.protocol;
  Result result;
  compare("maker", own.manufacturer, scan.manufacturer, result.reasons);
  compare("model", own.model, scan.model, result.reasons);
  compare("station", own.station, scan.station, result.reasons);
  compare("serial number", own.device_serial, scan.device_serial, result.reasons);
  compare("kernel", own.kernel, scan.kernel, result.reasons);
  compare("tube voltage (kV)", own.tube_kv, scan.tube_kv, params_.max_kv_difference, result.reasons);
  compare(
      "slice thickness (mm)", own.slice_mm, scan.slice_mm, params_.max_slice_difference_mm, result.reasons);
  const auto made = day_of(own.date), taken = day_of(scan.date);
  if (!made || !taken) {
    result.reasons.push_back(
        fmt::format("date: {} in the calibration, {} in the scan", shown(own.date), shown(scan.date)));
  } else {
    result.age_days = *taken - *made;
    if (std::abs(*result.age_days) > params_.max_age_days)
      result.reasons.push_back(fmt::format("the calibration is {} days {} than the scan, more than {} days",
                                           std::abs(*result.age_days),
                                           *result.age_days > 0 ? "older" : "younger",
                                           params_.max_age_days));
  }
  if (result.reasons.empty()) result.line = calibration.line;
  return result;
}

}  // namespace ledd
