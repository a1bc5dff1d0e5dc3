#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

#include "ledd/core/error.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string json_of(const EndpointDefinition& d, const std::string& pipeline) {
  return Json{{"type", "endpoint"},
              {"endpoint", d.key},
              {"title", d.title},
              {"unit", d.unit},
              {"pipeline", pipeline},
              {"method", d.method},
              {"definition", d.definition},
              {"source", d.source},
              {"precision", d.precision}}
      .dump();
}

std::string text_of(const EndpointDefinition& d, const std::string& pipeline) {
  return fmt::format(
      "{}: {}\n  unit        {}\n  pipeline    {}\n  method      {}\n  definition  {}\n  source      {}\n  "
      "precision   {}",
      d.key,
      d.title,
      d.unit,
      pipeline,
      d.method,
      d.definition,
      d.source,
      d.precision);
}

int catalogue(const std::string& endpoint, const Program& program) {
  bool found = false;
  for (const auto& pipeline : program.registry())
    for (const auto& d : pipeline.definitions) {
      if (!endpoint.empty() && d.key != endpoint) continue;
      found = true;
      if (program.common.json)
        print_line(json_of(d, pipeline.name));
      else if (endpoint.empty())
        print_line(fmt::format("{:14} {:6} {:12} {}", d.key, d.unit, pipeline.name, d.title));
      else
        print_line(text_of(d, pipeline.name));
    }
  require(found || endpoint.empty(),
          Errc::kParam,
          fmt::format("there is no endpoint '{}'; `ledd catalogue` lists them", endpoint));
  return 0;
}

}  // namespace

void add_catalogue(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "catalogue", "Every endpoint: definition, unit, method, source, precision");
  const auto name = std::make_shared<std::string>();
  verb->add_option("ENDPOINT", *name, "Key of an endpoint, e.g. Ha");
  verb->callback(
      [name, &program] { program.action = [name, &program] { return catalogue(*name, program); }; });
}

}  // namespace ledd::cli
