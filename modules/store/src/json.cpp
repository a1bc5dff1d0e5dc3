#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/store/store.h"

#include "rules.h"

namespace ledd::store {
namespace {

using Json = nlohmann::json;  // keeps its names sorted

constexpr int kFormatNumber = 1;

Json to_json(const CaseInfo& i) {
  return {{"case_id", i.case_id},
          {"subject", i.subject},
          {"session", i.session},
          {"study_date", i.study_date},
          {"site", i.site},
          {"scanner", i.scanner},
          {"pipeline", i.pipeline},
          {"version", i.version}};
}

Json to_json(const Measurement& m) {
  return {{"side", m.side},
          {"region", m.region},
          {"endpoint", m.endpoint},
          {"statistic", m.statistic},
          {"value", m.value ? Json(*m.value) : Json(nullptr)},
          {"unit", m.unit},
          {"quality", std::string(name_of(m.quality))},
          {"reason", m.reason},
          {"inherent", m.inherent}};
}

Json to_json(const EndpointDefinition& d) {
  return {{"key", d.key},
          {"title", d.title},
          {"unit", d.unit},
          {"method", d.method},
          {"definition", d.definition},
          {"source", d.source},
          {"precision", d.precision}};
}

Quality quality_of(const std::string& name) {
  for (const Quality q : {Quality::kGood, Quality::kUncertain, Quality::kFailed})
    if (name_of(q) == name) return q;
  throw Error(Errc::kFormat, "'" + name + "' is no quality; good, uncertain or failed is expected");
}

CaseInfo to_info(const Json& j) {
  return {j.at("case_id"),
          j.at("subject"),
          j.at("session"),
          j.at("study_date"),
          j.at("site"),
          j.at("scanner"),
          j.at("pipeline"),
          j.at("version")};
}

Measurement to_measurement(const Json& j) {
  Measurement m{j.at("side"),
                j.at("region"),
                j.at("endpoint"),
                j.at("statistic"),
                std::nullopt,
                j.at("unit"),
                quality_of(j.at("quality")),
                j.at("reason")};
  m.inherent = j.value("inherent", false);  // case folders of before have none
  if (!j.at("value").is_null()) m.value = j.at("value").get<double>();
  return m;
}

EndpointDefinition to_definition(const Json& j) {
  return {j.at("key"),
          j.at("title"),
          j.at("unit"),
          j.at("method"),
          j.at("definition"),
          j.at("source"),
          j.at("precision")};
}

}  // namespace

std::string print_endpoints(const CaseEndpoints& endpoints) {
  checked(endpoints, Errc::kInput);
  Json j = {{"format", kFormatNumber},
            {"case", to_json(endpoints.info)},
            {"measurements", Json::array()},
            {"definitions", Json::array()}};
  for (const auto& m : endpoints.measurements) j["measurements"].push_back(to_json(m));
  for (const auto& d : endpoints.definitions) j["definitions"].push_back(to_json(d));
  return j.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CaseEndpoints parse_endpoints(const std::string& json) {
  CaseEndpoints endpoints;
  try {
    const Json j = Json::parse(json);
    const int format = j.at("format").get<int>();
    require(format == kFormatNumber,
            Errc::kFormat,
            fmt::format("endpoints.json has format {}; this version reads format {}", format, kFormatNumber));
    endpoints.info = to_info(j.at("case"));
    for (const Json& m : j.at("measurements")) endpoints.measurements.push_back(to_measurement(m));
    for (const Json& d : j.at("definitions")) endpoints.definitions.push_back(to_definition(d));
  } catch (const Json::exception& e) {
    throw Error(Errc::kFormat, std::string("not an endpoints.json: ") + e.what());
  }
  checked(endpoints, Errc::kFormat);
  return endpoints;
}

}  // namespace ledd::store
