#include <gmock/gmock.h>

#include "ledd/cases/pipeline.h"

namespace {

TEST(Catalogue, EveryEndpointHasTitleUnitMethodDefinitionSourceAndPrecision) {
  std::size_t count = 0;
  for (const auto& pipeline : ledd::cases::builtin_pipelines({})) {
    auto definitions = pipeline.definitions;
    if (pipeline.change)
      definitions.insert(
          definitions.end(), pipeline.change->definitions.begin(), pipeline.change->definitions.end());
    for (const auto& d : definitions) {
      ++count;
      for (const auto& [what, text] : {std::pair{"title", &d.title},
                                       {"unit", &d.unit},
                                       {"method", &d.method},
                                       {"definition", &d.definition},
                                       {"source", &d.source},
                                       {"precision", &d.precision}})
        EXPECT_FALSE(text->empty()) << pipeline.name << ": " << d.key << " has no " << what;
    }
  }
  EXPECT_GT(count, 0U);
}

}  // namespace
