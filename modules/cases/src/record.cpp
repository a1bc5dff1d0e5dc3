#include "record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

using Json = nlohmann::ordered_json;

/// Header texts may hold bytes that are no UTF-8: shown as U+FFFD, never a reason to fail.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json digests(const std::vector<FileDigest>& files) {
  Json list = Json::array();
  for (const auto& file : files) list.push_back({{"name", file.name}, {"sha256", file.sha256}});
  return list;
}

std::vector<FileDigest> digests(const Json& list) {
  std::vector<FileDigest> files;
  files.reserve(list.size());
  for (const auto& item : list) files.push_back({item.at("name"), item.at("sha256")});
  return files;
}

Json series_used(const std::vector<SeriesRecord>& used) {
  Json list = Json::array();
  for (const auto& one : used)
    list.push_back({{"series", one.series},
                    {"description", one.description},
                    {"role", one.role},
                    {"weighting", one.weighting},
                    {"problem", one.problem}});
  return list;
}

std::vector<SeriesRecord> series_used(const Json& list) {
  std::vector<SeriesRecord> used;
  used.reserve(list.size());
  for (const auto& one : list)
    used.push_back(
        {one.at("series"), one.at("description"), one.at("role"), one.at("weighting"), one.at("problem")});
  return used;
}

ValueMap values(const Json& object) {
  ValueMap map;
  for (const auto& [name, value] : object.items()) {
    if (value.is_boolean())
      map[name] = value.get<bool>();
    else if (value.is_number_integer())
      map[name] = value.get<std::int64_t>();
    else if (value.is_number())
      map[name] = value.get<double>();
    else
      map[name] = value.get<std::string>();
  }
  return map;
}

Json device(const DeviceRecord& d) {
  return {{"manufacturer", d.manufacturer},
          {"model", d.model},
          {"station", d.station},
          {"serial", d.serial},
          {"software", d.software}};
}

/// Records of earlier versions have none.
DeviceRecord parse_device(const Json& json) {
  const auto text = [&](const char* name) { return json.value(name, std::string()); };
  return {text("manufacturer"), text("model"), text("station"), text("serial"), text("software")};
}

CorrectionRecord parse_correction(const Json& json) {
  if (!json.is_object()) return {};
  return {json.at("reader"), json.at("of_result")};
}

Json correction(const CorrectionRecord& c) {
  return c.reader.empty() ? Json() : Json{{"reader", c.reader}, {"of_result", c.result}};
}

template <class Body>
auto parsed(const std::string& what, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const nlohmann::json::exception& e) {
    throw Error(Errc::kFormat, fmt::format("{}: {}", what, e.what()));
  }
}

}  // namespace

std::string print(const Provenance& p) {
  Json stages = Json::array();
  for (const auto& stage : p.stages)
    stages.push_back({{"name", stage.name}, {"seconds", stage.wall_s}, {"ok", stage.ok}});
  return dump({{"case_id", p.case_id},
               {"pipeline", p.pipeline},
               {"ledd_version", p.version},
               {"run_id", p.run_id},
               {"series", p.series},
               {"series_used", series_used(p.used)},
               {"case_version", p.case_version},
               {"supersedes", p.supersedes},
               {"images", p.images},
               {"started_utc", p.started_utc},
               {"seconds", p.seconds},
               {"cpu_seconds", p.cpu_seconds},
               {"peak_mb", p.peak_mb},
               {"peak_alone", p.peak_alone},
               {"host", p.host},
               {"attempts", p.attempts},
               {"retried_for", p.retried_for},
               {"acquired", p.acquired},
               {"acquired_from", p.acquired_from},
               {"device", device(p.device)},
               {"parameters", Json::parse(to_json(p.parameters))},
               {"inputs", digests(p.inputs)},
               {"models", digests(p.models)},
               {"labels", digests(p.labels)},
               {"labels_scheme", p.labels_scheme},
               {"correction", correction(p.correction)},
               {"subject_key", p.key},
               {"outputs", digests(p.outputs)},
               {"stages", stages}});
}

Provenance parse_provenance(const std::string& text) {
  return parsed("provenance.json", [&] {
    const Json json = Json::parse(text);
    Provenance p;
    p.case_id = json.at("case_id");
    p.pipeline = json.at("pipeline");
    p.version = json.at("ledd_version");
    p.run_id = json.at("run_id");
    p.series = json.at("series");
    p.used = series_used(json.value("series_used", Json::array()));
    p.case_version = json.value("case_version", 1U);
    p.supersedes = json.value("supersedes", std::vector<std::string>());
    p.images = json.value("images", std::string());
    p.started_utc = json.at("started_utc");
    p.seconds = json.at("seconds");
    p.cpu_seconds = json.value("cpu_seconds", 0.0);
    p.peak_mb = json.at("peak_mb");
    p.peak_alone = json.value("peak_alone", false);
    p.host = json.value("host", std::string());
    p.attempts = json.value("attempts", 1U);
    p.retried_for = json.value("retried_for", std::vector<std::string>());
    p.acquired = json.value("acquired", std::string());
    p.acquired_from = json.value("acquired_from", std::string());
    p.device = parse_device(json.value("device", Json::object()));
    p.parameters = values(json.at("parameters"));
    p.inputs = digests(json.at("inputs"));
    p.models = digests(json.at("models"));
    p.labels = digests(json.at("labels"));
    p.labels_scheme = json.at("labels_scheme");
    p.correction = parse_correction(json.value("correction", Json()));
    p.key = json.value("subject_key", std::string());
    p.outputs = digests(json.at("outputs"));
    for (const auto& stage : json.at("stages"))
      p.stages.push_back({stage.at("name"), stage.at("seconds"), stage.at("ok")});
    return p;
  });
}

std::string print(const Reason& r) {
  return dump({{"case", r.case_id},
               {"pipeline", r.pipeline},
               {"state", r.state},
               {"code", r.code},
               {"reason", r.reason},
               {"stage", r.stage},
               {"series", r.series},
               {"run_id", r.run_id},
               {"seconds", r.seconds},
               {"peak_mb", r.peak_mb},
               {"cpu_seconds", r.cpu_seconds},
               {"host", r.host},
               {"attempts", r.attempts},
               {"retried_for", r.retried_for}});
}

Reason parse_reason(const std::string& text) {
  return parsed("reason.json", [&] {
    const Json json = Json::parse(text);
    return Reason{json.at("case"),
                  json.at("pipeline"),
                  json.at("state"),
                  json.at("code"),
                  json.at("reason"),
                  json.at("stage"),
                  json.at("series"),
                  json.at("run_id"),
                  json.at("seconds"),
                  json.at("peak_mb"),
                  json.value("cpu_seconds", 0.0),
                  json.value("host", std::string()),
                  json.value("attempts", 1U),
                  json.value("retried_for", std::vector<std::string>())};
  });
}

std::string print_labels(const std::vector<std::uint16_t>& ids) {
  Json list = Json::array();
  for (const auto id : ids) {
    const auto* structure = anatomy::find(id);
    Json item{{"id", id}, {"short_name", anatomy::short_name(id)}};
    if (structure != nullptr) {
      item["name"] = structure->name;
      item["rgb"] = structure->rgb;
      if (structure->code)
        item["code"] = {{"value", structure->code->value},
                        {"scheme", structure->code->scheme},
                        {"meaning", structure->code->meaning}};
    }
    list.push_back(std::move(item));
  }
  return dump({{"scheme", "ledd"}, {"labels", list}});
}

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:08x}",
                     fmt::gmtime(std::chrono::system_clock::now()),
                     static_cast<std::uint32_t>(random()));
}

std::string now_utc() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string dataset_description() {
  return dump({{"Name", "Ledd endpoints"},
               {"BIDSVersion", "1.8.0"},
               {"DatasetType", "derivative"},
               {"GeneratedBy", Json::array({{{"Name", "Ledd"}, {"Version", version()}}})},
               {"Note", "Research use only."}});
}

}  // namespace ledd::cases
