#include "study_record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "ledd/core/error.h"

namespace ledd::dicom_network {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kNames{
    "receiving", "complete", "incomplete", "running", "done", "failed"};

StudyState state_of(const std::string& name) {
  const auto it = std::find(kNames.begin(), kNames.end(), name);
  require(it != kNames.end(), Errc::kFormat, fmt::format("'{}' is no state of a study", name));
  return static_cast<StudyState>(it - kNames.begin());
}

Json to_json(const StudyFile& file) {
  return {{"name", file.name},
          {"file_sha256", file.file_sha256},
          {"data_set_sha256", file.data_set_sha256},
          {"version", file.version},
          {"arrived", file.arrived}};
}

std::size_t count_of(const Study& study, int version) {
  return static_cast<std::size_t>(
      std::count_if(study.files.begin(), study.files.end(), [&](const StudyFile& file) {
        return file.version <= version;
      }));
}

Json to_json(const Study& study, int version) {
  const StudyVersion& one = study.versions[static_cast<std::size_t>(version) - 1];
  Json json{{"version", version},
            {"state", name_of(one.state)},
            {"count", count_of(study, version)},
            {"closed", one.closed},
            {"incomplete", one.incomplete},
            {"warnings", one.warnings}};
  if (one.run)
    json["run"] = {{"pipeline", one.run->pipeline}, {"exit", one.run->exit}, {"ended", one.run->ended}};
  return json;
}

StudyFile file_of(const Json& json) {
  return {json.at("name"),
          json.at("file_sha256"),
          json.at("data_set_sha256"),
          json.at("version"),
          json.at("arrived")};
}

StudyVersion version_of(const Json& json) {
  StudyVersion version{state_of(json.at("state")),
                       json.at("closed"),
                       json.at("incomplete"),
                       json.at("warnings"),
                       std::nullopt};
  if (json.contains("run"))
    version.run = StudyRun{json["run"].at("pipeline"), json["run"].at("exit"), json["run"].at("ended")};
  return version;
}

}  // namespace

std::string_view name_of(StudyState state) noexcept {
  return kNames[static_cast<std::size_t>(state)];
}

std::string to_json(const Study& study) {
  Json json{{"format", "ledd-study-1"},
            {"study", study.key},
            {"study_instance_uid", study.study_uid},
            {"state", name_of(study.state())},
            {"version", study.version()},
            {"count", study.files.size()},
            {"repeats", study.repeats},
            {"first_arrival", study.first_arrival},
            {"last_arrival", study.last_arrival},
            {"versions", Json::array()},
            {"files", Json::array()}};
  for (int n = 1; n <= study.version(); ++n) json["versions"].push_back(to_json(study, n));
  for (const auto& file : study.files) json["files"].push_back(to_json(file));
  return json.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Study parse_study(const std::string& text) try {
  const Json json = Json::parse(text);
  Study study;
  require(json.at("format") == "ledd-study-1", Errc::kFormat, "its format is not ledd-study-1");
  study.key = json.at("study");
  study.study_uid = json.at("study_instance_uid");
  study.first_arrival = json.at("first_arrival");
  study.last_arrival = json.at("last_arrival");
  study.repeats = json.at("repeats");
  for (const auto& file : json.at("files")) study.files.push_back(file_of(file));
  study.versions.clear();
  for (const auto& version : json.at("versions")) study.versions.push_back(version_of(version));
  require(!study.versions.empty(), Errc::kFormat, "it has no version");
  return study;
} catch (const Json::exception& e) {
  throw Error(Errc::kFormat, e.what());
}

}  // namespace ledd::dicom_network
