#include "study_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"
#include "ledd/files/files.h"

namespace ledd::cases {

namespace fs = std::filesystem;

StudyRule study_rule(const study::Protocol& protocol, const StudyFile& file, const Registry& registry) {
  try {
    std::string name = protocol.pipeline;
    ValueMap values;
    if (fs::path(name).extension() == ".toml") {
      const fs::path path = file.folder / name;
      values = merge_config(files::read_bytes(path), {});
      const auto it = values.find("pipeline");
      require(it != values.end() && std::holds_alternative<std::string>(it->second),
              Errc::kParam,
              fmt::format("{}: it must say pipeline = \"name\"", path.string()));
      name = std::get<std::string>(it->second);
      values.erase(it);
    }
    for (const auto& [key, value] : protocol.parameters) values.insert_or_assign(key, value);
    const Pipeline& pipeline = find_pipeline(registry, name);
    return {protocol, pipeline, pipeline.prepare(values)};
  } catch (const Error& e) {
    const Errc code = e.code() == Errc::kFormat ? Errc::kParam : e.code();
    throw Error(code, e.what()).within(fmt::format("[[protocol]] '{}'", protocol.name));
  }
}

void check_endpoints(const study::Study& study, const std::vector<StudyRule>& rules) {
  for (const study::Endpoint& wanted : study.endpoints) {
    std::vector<std::string> pipelines, keys;
    for (const StudyRule& rule : rules) {
      pipelines.push_back(rule.pipeline.name);
      if (rule.pipeline.name != wanted.pipeline) continue;
      for (const auto& definition : rule.pipeline.definitions) keys.push_back(definition.key);
    }
    require(std::find(pipelines.begin(), pipelines.end(), wanted.pipeline) != pipelines.end(),
            Errc::kParam,
            fmt::format("[[endpoint]] {}: no protocol uses the pipeline '{}'; did you mean '{}'?",
                        wanted.endpoint,
                        wanted.pipeline,
                        nearest_name(wanted.pipeline, pipelines)));
    require(std::find(keys.begin(), keys.end(), wanted.endpoint) != keys.end(),
            Errc::kParam,
            fmt::format("[[endpoint]] {} has no endpoint '{}'; did you mean '{}'?",
                        wanted.pipeline,
                        wanted.endpoint,
                        nearest_name(wanted.endpoint, keys)));
  }
}

}  // namespace ledd::cases
