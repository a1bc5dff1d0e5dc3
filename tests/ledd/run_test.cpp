#include <gmock/gmock.h>

#include <set>

#include "program.h"
#include "small_disk.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

struct Run : testing::Test {
  Folder in, out;
  Ended run(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"run", "threshold", in.path().string(), "-o", (out / "r").string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  fs::path only_case() const { return fs::directory_iterator(out / "r" / "cases")->path(); }
};

TEST_F(Run, FromDicomToAFinishedCaseFolder) {
  write_series(in.path(), sagittal_series(), {{"InstitutionName", "North"}, {"StudyDate", "20240531"}});
  const Ended ended = run();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("done 1, cached 0, failed 0, set aside 0"));
  EXPECT_THAT(ended.err, HasSubstr("[1/1]"));
  const auto table = ::ledd::files::read_bytes(out / "r" / "endpoints.csv");
  // 6 slices of words 100 k + 10 j + i; above 50 are all of slices 1 to 5, none of slice 0: 100 voxels.
  EXPECT_THAT(table, HasSubstr(",P1,"));
  EXPECT_THAT(table, HasSubstr("2024-05-31,North,Phantom,threshold,,L1,Vol,value,150,mm3,good"));
  EXPECT_EQ(run().exit, 0);
  EXPECT_THAT(run().out, HasSubstr("cached 1"));
}

TEST_F(Run, JsonLinesAreWhatTheContractSays) {
  write_series(in.path(), sagittal_series());
  const Ended ended = run({"--json"});
  const auto lines = json_lines(ended.out);
  std::map<std::string, int> count;
  for (const auto& line : lines) ++count[line["type"]];
  EXPECT_EQ(count["file"], 6);
  EXPECT_EQ(count["series"], 1);
  EXPECT_EQ(count["case"], 1);
  EXPECT_EQ(lines.front()["decision"], "used");
  for (const auto& line : lines)
    if (line["type"] == "case") {
      EXPECT_EQ(line["state"], "done");
      EXPECT_GT(line["peak_mb"], 1.0);
      EXPECT_EQ(line["case_id"], only_case().filename().string());
    }
  const auto& last = lines.back();
  EXPECT_EQ(last["type"], "summary");
  EXPECT_EQ(last["done"], 1);
  EXPECT_EQ(last["exit"], 0);
}

TEST_F(Run, NoInputIsSixtySixAndUnusableInputSixtyFive) {
  EXPECT_EQ(run().exit, 66);
  ::ledd::files::write_bytes("no image", in / "letter.txt");
  EXPECT_EQ(run().exit, 66);
  ::ledd::testing::Series axial;
  axial.slices = 6;
  write_series(in / "ax", axial);
  const Ended refused = run({"--json"});
  EXPECT_EQ(refused.exit, 65);
  EXPECT_THAT(refused.err, HasSubstr("axial: threshold needs a sagittal stack"));
  EXPECT_EQ(json_lines(refused.out).back()["exit"], 65);
  EXPECT_FALSE(fs::exists(out / "r"));
}

TEST_F(Run, AKneeAndASingleSliceAreRefused) {
  write_series(in / "knee", sagittal_series("1.2.3.4"), {{"BodyPartExamined", "KNEE"}});
  auto single = sagittal_series("1.2.3.5");
  single.slices = 1;
  write_series(in / "one", single);
  const Ended refused = run();
  EXPECT_EQ(refused.exit, 65);
  EXPECT_THAT(refused.err, HasSubstr("BodyPartExamined says knee"));
  EXPECT_THAT(refused.err, HasSubstr("slice"));
}

TEST_F(Run, ASeriesWithAMissingSliceIsSetAsideWhileTheOtherIsDone) {
  write_series(in / "good", sagittal_series("1.2.3.1"));
  write_series(in / "gap", sagittal_series("1.2.3.2"));
  fs::remove(in / "gap" / "0003.dcm");
  const Ended ended = run();
  EXPECT_EQ(ended.exit, 8) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("done 1, cached 0, failed 0, set aside 1"));
  const auto aside = fs::directory_iterator(out / "r" / "quarantine")->path() / "reason.json";
  EXPECT_THAT(::ledd::files::read_bytes(aside), HasSubstr("bad input"));
  const Ended status = ledd({"status", (out / "r").string()});
  EXPECT_EQ(status.exit, 0);
  EXPECT_THAT(status.out, HasSubstr("done 1, failed 0, set aside 1"));
  EXPECT_EQ(json_lines(ledd({"status", (out / "r").string(), "--json"}).out).size(), 3U);
  const Ended collected = ledd({"collect", (out / "r").string(), "-o", (out / "c").string()});
  EXPECT_EQ(collected.exit, 0) << collected.err;
  EXPECT_EQ(::ledd::files::read_bytes(out / "c" / "endpoints.csv"),
            ::ledd::files::read_bytes(out / "r" / "endpoints.csv"));
}

TEST_F(Run, ATruncatedSliceIsNeverMeasured) {
  write_series(in.path(), sagittal_series());
  const auto last = in / "0005.dcm";  // at the end, where no gap would betray it
  const auto bytes = ::ledd::files::read_bytes(last);
  ::ledd::testing::write_bytes(last, bytes.substr(0, bytes.size() - 20));
  const Ended ended = run();
  EXPECT_EQ(ended.exit, 65) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("0005.dcm"));
  EXPECT_FALSE(fs::exists(out / "r" / "cases"));
}

TEST_F(Run, ADryRunTouchesNothing) {
  write_series(in.path(), sagittal_series());
  const Ended first = run({"--dry-run"});
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("new"));
  EXPECT_FALSE(fs::exists(out / "r"));
  run();
  const auto before = tree(out.path(), true);
  EXPECT_THAT(run({"--dry-run"}).out, HasSubstr("cached"));
  EXPECT_THAT(run({"--dry-run", "--set", "threshold=60"}).out, HasSubstr("threshold was 50, is 60"));
  EXPECT_EQ(tree(out.path(), true), before);
}

TEST_F(Run, TwoJobsGiveTheSameBytesAsOne) {
  for (const std::string n : {"1", "2", "3", "4"}) write_series(in / n, sagittal_series("1.2.3." + n));
  EXPECT_EQ(run({"--jobs", "1"}).exit, 0);
  const Ended two = ledd({"run",
                          "threshold",
                          in.path().string(),
                          "-o",
                          (out / "two").string(),
                          "--jobs",
                          "2",
                          "--threads",
                          "2"});
  EXPECT_EQ(two.exit, 0) << two.err;
  const auto one = tree(out / "r");
  EXPECT_EQ(one.size(), 4 * 10 + 6U);
  EXPECT_EQ(one, tree(out / "two"));
}

TEST_F(Run, ParametersComeFromAPipelineFileThenConfigThenSet) {
  write_series(in.path(), sagittal_series());
  ::ledd::files::write_bytes("pipeline = \"threshold\"\nthreshold = 100\nwait_s = 0.01\n", out / "mine.toml");
  ::ledd::files::write_bytes("threshold = 200\n", out / "config.toml");
  const std::vector<std::string> base{
      "run", (out / "mine.toml").string(), in.path().string(), "-o", (out / "r").string()};
  auto words = base;
  words.insert(words.end(), {"--config", (out / "config.toml").string(), "--set", "threshold=300"});
  EXPECT_EQ(ledd(words).exit, 0);
  const auto record = nlohmann::json::parse(::ledd::files::read_bytes(only_case() / "provenance.json"));
  EXPECT_EQ(record["parameters"]["threshold"], 300.0);
  EXPECT_EQ(record["parameters"]["wait_s"], 0.01);
  EXPECT_EQ(record["inputs"].size(), 6U);
  EXPECT_EQ(record["inputs"][0]["sha256"], ::ledd::files::sha256_of_file(in / "0000.dcm"));
  ::ledd::files::write_bytes("threshold = \n", out / "config.toml");
  EXPECT_EQ(ledd(words).exit, 2);
}

TEST_F(Run, HeaderTextCannotSteerThePageTheTerminalOrThePath) {
  const std::string evil = "<script>alert(1)</script>\x1b[2J";
  write_series(in.path(), sagittal_series(), {{"SeriesDescription", evil}, {"PatientID", "../../../etc"}});
  const Ended ended = run({"-v"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(only_case().filename().string(), testing::MatchesRegex("[0-9a-f]{12}"));
  for (const auto& page : {only_case() / "report.html", out / "r" / "index.html"})
    EXPECT_THAT(::ledd::files::read_bytes(page), Not(HasSubstr("<script>alert"))) << page;
  for (const auto& [name, bytes] : tree(out.path(), true)) EXPECT_THAT(name, Not(HasSubstr("etc")));
}

TEST_F(Run, ThePatientsNameGoesNowhereButIntoTheDicomResults) {
  write_series(in / "a", sagittal_series("1.2.3.1"), {{"PatientName", "Canary^Yellow"}});
  write_series(in / "b", sagittal_series("1.2.3.2"), {{"PatientName", "Canary^Yellow"}});
  fs::remove(in / "b" / "0002.dcm");
  const Ended ended = run({"--json", "-v"});
  EXPECT_EQ(ended.exit, 8);
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("Canary")));
  // An archive files a result under the patient of its scan, by name and ID. What headers say is kept for the
  // next run, readable for its owner only.
  const std::string headers = "r/.ledd/intake.headers";
  for (const auto& [name, bytes] : tree(out.path(), true))
    if (name != headers) {
      EXPECT_EQ(bytes.find("Canary") != std::string::npos, name.ends_with(".dcm")) << name;
    }
  EXPECT_EQ(fs::status(out / headers).permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(out / "r" / ".ledd").permissions(), fs::perms(0700));
}

TEST_F(Run, ASegmentationAloneIsMeasured) {
  write_series(in.path(), sagittal_series());
  run();
  const auto labels = only_case() / "labels.nii.gz";
  const auto alone = out / "alone";
  const Ended ended =
      ledd({"run", "threshold", labels.string(), "--labels", labels.string(), "-o", alone.string()});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(::ledd::files::read_bytes(alone / "endpoints.csv"), HasSubstr("L1,Vol,value,150,mm3"));
  const Ended given = run({"--labels", labels.string()});
  EXPECT_EQ(given.exit, 0) << given.err;
  EXPECT_EQ(run({"--labels", (in / "0000.dcm").string()}).exit, 65);
  EXPECT_EQ(run({"--labels", labels.string(), "--label-scheme", "nobody"}).exit, 2);
  EXPECT_EQ(run({"--labels", (in / "none.nii").string()}).exit, 66);
}

TEST_F(Run, AFullDiskIsSeventyFourAndLeavesNothingPartialWhereverItFills) {
  write_series(in.path(), sagittal_series());
  std::set<int> exits;
  std::set<bool> published;
  for (const std::size_t free_kib : {40U, 68U, 76U, 84U, 92U, 100U, 124U, 200U, 2000U}) {
    const ::ledd::SmallDisk disk(std::size_t{4096} * 1024);
    LEDD_NEEDS_MOUNT(disk);
    ::ledd::testing::write_bytes(disk.folder() / "ballast", std::string((4096 - free_kib) * 1024, 'x'));
    const Ended ended =
        ledd({"run", "threshold", in.path().string(), "-o", disk.folder().path().string(), "--quiet"});
    exits.insert(ended.exit);
    if (ended.exit == 74) {
      EXPECT_THAT(ended.err, testing::AnyOf(HasSubstr("No space left"), HasSubstr("disk is full")));
    }
    const fs::path cases = disk.folder() / "cases";
    published.insert(fs::exists(cases) && !fs::is_empty(cases));
    for (const auto& [name, bytes] : tree(disk.folder().path(), true)) {
      EXPECT_THAT(name, Not(HasSubstr(".tmp"))) << free_kib;
      const bool is_lock = name.rfind(".ledd/locks/", 0) == 0;  // empty for ever
      EXPECT_TRUE(is_lock || !bytes.empty()) << name << " with " << free_kib << " kB free";
    }
    if (!fs::exists(cases)) continue;
    for (const auto& entry : fs::directory_iterator(cases))
      EXPECT_EQ(tree(entry.path(), true).size(), 12U) << free_kib;
  }
  EXPECT_THAT(exits, testing::ElementsAre(0, 74));
  EXPECT_THAT(published, testing::ElementsAre(false, true));
}

TEST_F(Run, AFolderThatCannotBeMadeIsSeventyThreeBeforeAnyWork) {
  write_series(in.path(), sagittal_series());
  ::ledd::files::write_bytes("a file", out / "r");
  const Ended ended = run({"--set", "wait_s=60"});
  EXPECT_EQ(ended.exit, 73) << ended.err;
}

TEST_F(Run, TheLogFileHoldsWhatWasSaid) {
  write_series(in.path(), sagittal_series());
  run({"--quiet", "--log-file", (out / "log").string()});
  EXPECT_THAT(::ledd::files::read_bytes(out / "log"), HasSubstr("segment done"));
  EXPECT_EQ(run({"--log-file", (in / "0000.dcm" / "x").string()}).exit, 73);
}

}  // namespace
