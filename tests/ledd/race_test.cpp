#include <gmock/gmock.h>

#include "program.h"
#include "scans.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::Running;
using ledd::testing::tree;

namespace fs = std::filesystem;

/// How a process says that its one case ended, and the run's id.
struct Told {
  std::string state, run_id;
};

Told told(const Ended& ended) {
  Told told;
  for (const auto& line : json_lines(ended.out)) {
    if (line.at("type") == "case") told.state = line.at("state");
    if (line.at("type") == "summary") told.run_id = line.at("run_id");
  }
  return told;
}

/// A hundred times in four parts.
struct Race : testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Quarter, Race, testing::Range(0, 4));

TEST_P(Race, OfTwoProcessesThatWantOneCaseOneWritesIt) {
  const Folder in, out;
  ledd::testing::write_scan(in / "a.nii.gz", 3);
  std::map<std::string, int> winners;
  for (int trial = 0; trial < 25; ++trial) {
    const std::string to = (out / std::to_string(trial)).string();
    const std::vector<std::string> words{"run", "threshold", in.path().string(), "-o", to, "--json"};
    const Running one(words), two(words);
    const Ended first = one.wait(), second = two.wait();
    ASSERT_EQ(first.exit, 0) << first.err;
    ASSERT_EQ(second.exit, 0) << second.err;
    const Told a = told(first), b = told(second);
    ASSERT_THAT((std::vector<std::string>{a.state, b.state}),
                testing::UnorderedElementsAre("done", "cached"));
    for (const auto& entry : fs::directory_iterator(fs::path(to) / "cases")) {
      const auto record = nlohmann::json::parse(ledd::files::read_bytes(entry.path() / "provenance.json"));
      EXPECT_EQ(record.at("run_id"), a.state == "done" ? a.run_id : b.run_id);
    }
    ++winners[a.state == "done" ? "first" : "second"];
    if (trial > 0) {
      EXPECT_EQ(tree(to), tree(out / "0")) << trial;
    }
  }
  std::cout << "the first process wrote " << winners["first"] << ", the second " << winners["second"] << '\n';
}

}  // namespace
