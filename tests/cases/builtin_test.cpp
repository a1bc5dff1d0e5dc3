#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/cases/pipeline.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "threshold_pipeline.h"

namespace {

namespace fs = std::filesystem;

/// pipelines/spine_mri/spine_mri.toml for "spine-mri".
fs::path defaults_file(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return fs::path(LEDD_SOURCE_DIR) / "pipelines" / name / (name + ".toml");
}

TEST(Builtin, PipelinesAreSortedByName) {
  const auto registry = ledd::cases::builtin_pipelines({});
  EXPECT_TRUE(std::is_sorted(
      registry.begin(), registry.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Builtin, EveryPipelineFolderIsInTheRegistry) {
  const fs::path folder = fs::path(LEDD_SOURCE_DIR) / "pipelines";
  std::size_t folders = 0;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      folders += fs::exists(entry.path() / "CMakeLists.txt") ? 1U : 0U;
  EXPECT_EQ(ledd::cases::builtin_pipelines({}).size(), folders);
}

TEST(Builtin, ThePipelineFilesHoldTheDefaults) {
  for (const auto& pipeline : ledd::cases::builtin_pipelines({})) {
    ledd::ValueMap file = ledd::merge_config(ledd::files::read_bytes(defaults_file(pipeline.name)), {});
    ASSERT_TRUE(file.count("pipeline")) << defaults_file(pipeline.name);
    EXPECT_EQ(ledd::to_text(file["pipeline"]), pipeline.name);
    file.erase("pipeline");
    ledd::ValueMap defaults;
    for (const auto& [info, standard] : pipeline.parameters) defaults[info.name] = standard;
    EXPECT_EQ(ledd::to_json(file), ledd::to_json(defaults)) << pipeline.name;
  }
}

TEST(Registry, AnUnknownPipelineIsAUsageErrorThatNamesTheKnown) {
  try {
    ledd::cases::find_pipeline({ledd::testing::threshold_pipeline()}, "spine");
    FAIL() << "found";
  } catch (const ledd::Error& e) {
    EXPECT_EQ(e.code(), ledd::Errc::kParam);
    EXPECT_THAT(e.what(), testing::HasSubstr("threshold"));
  }
}

}  // namespace
