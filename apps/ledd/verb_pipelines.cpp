#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/core/config.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const cases::Pipeline& pipeline) {
  Json parameters = Json::array();
  for (const auto& [info, standard] : pipeline.parameters) {
    Json one{{"name", info.name}, {"unit", info.unit}};
    std::visit([&](const auto& value) { one["default"] = value; }, standard);
    one["range"] = info.legal;
    one["help"] = info.help;
    parameters.push_back(std::move(one));
  }
  Json endpoints = Json::array();
  for (const auto& definition : pipeline.definitions) endpoints.push_back(definition.key);
  return {{"type", "pipeline"},
          {"name", pipeline.name},
          {"summary", pipeline.summary},
          {"accepts", pipeline.accepts},
          {"steps", pipeline.steps},
          {"parameters", parameters},
          {"endpoints", endpoints}};
}

void print_one(const cases::Pipeline& pipeline) {
  print_line(
      fmt::format("{}: {}\n\nAccepts: {}\n\nSteps:", pipeline.name, pipeline.summary, pipeline.accepts));
  for (const auto& step : pipeline.steps) print_line("  " + step);
  print_line("\nParameters (--set NAME=VALUE):");
  for (const auto& [info, standard] : pipeline.parameters)
    print_line(fmt::format("  {} = {}{}, legal {}\n      {}",
                           info.name,
                           to_text(standard),
                           info.unit.empty() || info.unit == "1" ? "" : " " + info.unit,
                           info.legal,
                           info.help));
  print_line("\nEndpoints (`ledd catalogue NAME` defines them):");
  for (const auto& definition : pipeline.definitions)
    print_line(fmt::format("  {:12} {} [{}]", definition.key, definition.title, definition.unit));
}

/// What pipelines/<name>.toml holds: to be copied, changed and run by its path.
std::string toml_of(const cases::Pipeline& pipeline) {
  ValueMap defaults;
  for (const auto& [info, standard] : pipeline.parameters) defaults[info.name] = standard;
  std::string text = fmt::format("pipeline = \"{}\"\n\n{}", pipeline.name, to_toml(defaults));
  text.pop_back();  // print_line() ends the last line
  return text;
}

int pipelines(const std::string& name, bool toml, const Program& program) {
  const auto registry = program.registry();
  require(!toml || !name.empty(), Errc::kParam, "--toml needs the NAME of a pipeline");
  if (!name.empty()) {
    const auto& pipeline = cases::find_pipeline(registry, name);
    if (toml)
      print_line(toml_of(pipeline));
    else if (program.common.json)
      print_line(json_of(pipeline).dump());
    else
      print_one(pipeline);
    return 0;
  }
  for (const auto& pipeline : registry)
    print_line(program.common.json ? json_of(pipeline).dump()
                                   : fmt::format("{:14} {}", pipeline.name, pipeline.summary));
  return 0;
}

}  // namespace

void add_pipelines(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "pipelines", "List the pipelines, or show one with its parameters");
  const auto name = std::make_shared<std::string>();
  verb->add_option("NAME", *name, "Name of a pipeline");
  const auto toml = std::make_shared<bool>(false);
  verb->add_flag("--toml", *toml, "Print its parameters as a file to change and run by its path");
  verb->callback([name, toml, &program] {
    program.action = [name, toml, &program] { return pipelines(*name, *toml, program); };
  });
}

}  // namespace ledd::cli
