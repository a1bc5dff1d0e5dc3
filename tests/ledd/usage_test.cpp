#include <gmock/gmock.h>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::write_series;
using testing::HasSubstr;

TEST(Usage, HelpAndVersionAreOnEveryVerb) {
  EXPECT_EQ(ledd({"--help"}).exit, 0);
  EXPECT_THAT(ledd({"--version"}).out, testing::MatchesRegex("ledd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  for (const std::string verb : {"catalogue",
                                 "collect",
                                 "deid",
                                 "export",
                                 "inspect",
                                 "pipelines",
                                 "receive",
                                 "run",
                                 "send",
                                 "status"}) {
    const Ended help = ledd({verb, "--help"});
    EXPECT_EQ(help.exit, 0) << verb;
    for (const char* option : {"--json", "--quiet", "-v", "--jobs", "--log-file", "--version"})
      EXPECT_THAT(help.out, HasSubstr(option)) << verb;
    EXPECT_EQ(ledd({verb, "--version"}).out, ledd({"--version"}).out) << verb;
  }
}

TEST(Usage, MistakesEndWithTwoAndSayWhatIsRight) {
  EXPECT_EQ(ledd({}).exit, 2);
  const Ended verb = ledd({"inspct", "."});
  EXPECT_EQ(verb.exit, 2);
  EXPECT_THAT(verb.err, HasSubstr("did you mean 'inspect'?"));
  EXPECT_EQ(ledd({"run", "threshold", "."}).exit, 2);
  EXPECT_EQ(ledd({"run", "threshold", ".", "-o", "x", "--no-such"}).exit, 2);
  EXPECT_EQ(ledd({"run", "threshold", ".", "-o", "x", "--jobs", "0"}).exit, 2);
  const Ended pipeline = ledd({"run", "treshold", ".", "-o", "x"});
  EXPECT_EQ(pipeline.exit, 2);
  EXPECT_THAT(pipeline.err, HasSubstr("threshold"));
  const Ended parameter = ledd({"run", "threshold", ".", "-o", "x", "--set", "treshold=3"});
  EXPECT_EQ(parameter.exit, 2);
  EXPECT_THAT(parameter.err, HasSubstr("did you mean 'threshold'?"));
  const Ended range = ledd({"run", "threshold", ".", "-o", "x", "--set", "threshold=-3"});
  EXPECT_EQ(range.exit, 2);
  EXPECT_THAT(range.err, HasSubstr("[0, 1e+06]"));
  const Ended cloud = ledd({"run", "threshold", ".", "-o", "x", "--executor", "cloud"});
  EXPECT_EQ(cloud.exit, 2);
  EXPECT_THAT(cloud.err, HasSubstr("there are local and slurm"));
  EXPECT_FALSE(std::filesystem::exists("x"));
}

TEST(Usage, PipelinesShowUnitDefaultAndRange) {
  EXPECT_THAT(ledd({"pipelines"}).out, HasSubstr("threshold"));
  const Ended one = ledd({"pipelines", "threshold"});
  EXPECT_THAT(one.out, HasSubstr("wait_s = 0 s, legal [0, 600]"));
  const auto json = json_lines(ledd({"pipelines", "threshold", "--json"}).out).at(0);
  EXPECT_EQ(json["parameters"][0]["default"], 50.0);
  EXPECT_EQ(json["parameters"][1]["unit"], "s");
  EXPECT_EQ(ledd({"pipelines", "nobody"}).exit, 2);
  EXPECT_EQ(ledd({"pipelines", "--toml"}).exit, 2);
  const auto file = ledd({"pipelines", "threshold", "--toml"}).out;
  EXPECT_THAT(file, testing::AllOf(HasSubstr("pipeline = \"threshold\""), HasSubstr("threshold = 50.0")));
}

TEST(Usage, TheCatalogueDefinesEveryEndpoint) {
  EXPECT_THAT(ledd({"catalogue", "Vol"}).out, HasSubstr("Number of voxels times the volume of one."));
  EXPECT_EQ(json_lines(ledd({"catalogue", "--json"}).out).at(0)["unit"], "mm3");
  EXPECT_EQ(ledd({"catalogue", "Nothing"}).exit, 2);
}

TEST(Inspect, SaysWhatIsThereAndWhatIsWrongWithTheRest) {
  const Folder in;
  write_series(in / "sag", sagittal_series());
  ledd::testing::Series axial;
  axial.uid = "1.2.3.2";
  axial.slices = 6;
  write_series(in / "ax", axial);
  ledd::files::write_bytes("hello", in / "letter.txt");
  const Ended text = ledd({"inspect", in.path().string()});
  EXPECT_EQ(text.exit, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("threshold: yes"));
  EXPECT_THAT(text.out, HasSubstr("axial: threshold needs a sagittal stack"));
  EXPECT_THAT(text.out, HasSubstr("letter.txt"));
  EXPECT_THAT(text.out, HasSubstr("subject P1"));

  const auto lines = json_lines(ledd({"inspect", in.path().string(), "--json"}).out);
  std::map<std::string, int> count;
  for (const auto& line : lines) ++count[line["type"]];
  EXPECT_EQ(count["file"], 13);
  EXPECT_EQ(count["series"], 2);
  EXPECT_EQ(lines.back()["type"], "summary");
}

TEST(Inspect, NothingThereIsSixtySix) {
  const Folder in;
  EXPECT_EQ(ledd({"inspect", in.path().string()}).exit, 66);
  EXPECT_EQ(ledd({"inspect", (in / "nowhere").string()}).exit, 66);
}

}  // namespace
