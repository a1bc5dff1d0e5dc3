// `ledd run study.toml`, as an operator sees it.
#include <gmock/gmock.h>

#include <set>

#include "program.h"

namespace {

using ledd::testing::Attribute;
using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::Running;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct StudyRun : testing::Test {
  Folder folder;
  std::string file = (folder / "study.toml").string();

  void put(const std::string& name, const std::string& text) const {
    ::ledd::testing::write_bytes(folder / name, text);
  }
  std::string get(const std::string& name) const { return ::ledd::files::read_bytes(folder / name); }
  void scan(const std::string& patient, const std::string& date, const std::string& words = "KNEE") const {
    const std::string uid = "1.2.3." + date + "." + std::to_string(patient.back());
    write_series(folder / "incoming" / (patient + date + words),
                 sagittal_series(uid + (words == "KNEE" ? ".1" : ".2")),
                 {{"PatientID", patient},
                  {"StudyDate", date},
                  {"StudyInstanceUID", uid},
                  {"SeriesDescription", words},
                  {"Laterality", "R"}});
  }
  void study(const std::string& more = "") const {
    put("study.toml",
        "[study]\nname = 'cohort'\nout = 'results'\ninputs = ['incoming']\nas_of = 2026-06-01\n"
        "[[visit]]\nname = 'm00'\nwindow_days = [-30, 30]\n"
        "[[visit]]\nname = 'm12'\nwindow_days = [335, 395]\n"
        "[[protocol]]\nname = 'knee'\npipeline = 'sided'\nmatch = {series_description = 'KNEE'}\n" +
            more);
  }
};

/// How many rows are in a state, by the line of type "study".
std::size_t count(const std::vector<Json>& lines, const std::string& state) {
  for (const Json& line : lines)
    if (line["type"] == "study") return line["states"][state];
  ADD_FAILURE() << "no line of the study";
  return 0;
}

TEST_F(StudyRun, PlansMeasuresAndSaysWhatIsMissing) {
  study();
  scan("P1", "20240110");
  scan("P1", "20250110");
  scan("P2", "20240110");
  scan("P2", "20240110", "HIP");
  const Ended first = ledd({"run", file});
  EXPECT_EQ(first.exit, 0) << first.err;  // a visit that never came is said, and no failure of the run
  EXPECT_THAT(first.out, HasSubstr("P2 m12 knee: missing: due by 2025-02-08"));
  EXPECT_THAT(first.out, HasSubstr("study cohort: done 3, missing 1"));
  EXPECT_THAT(first.out, HasSubstr("done 3, cached 0, failed 0, set aside 0"));
  EXPECT_THAT(first.err, ContainsRegex("not taken: P2 2024-01-10 .*HIP.*: no protocol matches it"));
  EXPECT_THAT(get("results/endpoints.csv"), ContainsRegex("P1,m12,2025-01-10"));
  EXPECT_THAT(get("results/study_status.csv"), ContainsRegex("P2,m12,knee,,missing"));
  scan("P2", "20250115");
  const Ended second = ledd({"run", file, "--json"});
  EXPECT_EQ(second.exit, 0) << second.err;
  const auto lines = json_lines(second.out);
  EXPECT_EQ(count(lines, "done"), 4U);
  EXPECT_EQ(count(lines, "missing"), 0U);
  EXPECT_EQ(lines.back()["type"], "summary");
  EXPECT_EQ(lines.back()["cached"], 3);
  EXPECT_EQ(lines.back()["done"], 1);
  std::set<std::string> types;
  for (const Json& line : lines) types.insert(line["type"]);
  EXPECT_EQ(types,
            (std::set<std::string>{"case", "file", "series", "study", "study_series", "summary", "visit"}));
}

TEST_F(StudyRun, ADryRunTouchesNothingAndSaysWhatARunWouldDo) {
  study();
  scan("P1", "20240110");
  const auto before = tree(folder.path(), true);
  const Ended ended = ledd({"run", file, "--dry-run"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(tree(folder.path(), true), before);
  EXPECT_FALSE(fs::exists(folder / "results"));
  EXPECT_THAT(ended.out, ContainsRegex("new +knee: series"));
  EXPECT_THAT(ended.out, HasSubstr("study cohort: to do 1, missing 1"));
  ledd({"run", file});
  scan("P1", "20250110");
  const auto later = tree(folder.path(), true);
  const Ended again = ledd({"run", file, "--dry-run", "--json"});
  EXPECT_EQ(tree(folder.path(), true), later);
  const auto lines = json_lines(again.out);
  EXPECT_EQ(count(lines, "done"), 1U);
  EXPECT_EQ(count(lines, "to do"), 1U);
}

TEST_F(StudyRun, TwoJobsGiveTheSameBytesAsOne) {
  study("[[protocol]]\nname = 'spine'\npipeline = 'threshold'\nmatch = {series_description = 'HIP'}\n");
  for (const char* patient : {"P1", "P2", "P3"}) {
    scan(patient, "20240110");
    scan(patient, "20240110", "HIP");
  }
  EXPECT_EQ(ledd({"run", file, "--jobs", "1"}).exit, 0);
  const auto one = tree(folder / "results");
  EXPECT_EQ(ledd({"run", file, "--jobs", "2", "--threads", "2", "-o", (folder / "other").string()}).exit, 0);
  EXPECT_EQ(one, tree(folder / "other"));
  EXPECT_THAT(one.at("study_status.csv"), HasSubstr("spine"));
}

TEST_F(StudyRun, AFailedCaseGives8AndTheOthersGoOn) {
  study(
      "[[protocol]]\nname = 'dark'\npipeline = 'threshold'\nmatch = {series_description = 'HIP'}\n"
      "set = ['threshold=5000']\n");
  scan("P1", "20240110");
  scan("P1", "20240110", "HIP");
  const Ended ended = ledd({"run", file});
  EXPECT_EQ(ended.exit, 8) << ended.err;
  EXPECT_THAT(ended.out, ContainsRegex("P1 m00 dark right [0-9a-f]+: failed: segment: no voxel is above"));
  EXPECT_THAT(ended.out, HasSubstr("done 1, cached 0, failed 0, set aside 1"));
}

TEST_F(StudyRun, AMistakeInTheFileEndsTheRunBeforeAnyWork) {
  study("requird = true\n");
  scan("P1", "20240110");
  const Ended key = ledd({"run", file});
  EXPECT_EQ(key.exit, 2);
  EXPECT_THAT(key.err,
              AllOf(HasSubstr("study.toml, line 16, column 1"), HasSubstr("did you mean 'required'")));
  study("set = ['treshold=3']\n");
  EXPECT_THAT(ledd({"run", file}).err, HasSubstr("did you mean 'threshold'"));
  study();
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{(folder / "incoming").string()},
                                             {"--set", "threshold=3"},
                                             {"--series", "x"},
                                             {"--no-companions"}}) {
    std::vector<std::string> words{"run", file};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = ledd(words);
    EXPECT_EQ(ended.exit, 2);
    EXPECT_THAT(ended.err, HasSubstr("has no place beside the study file"));
  }
  EXPECT_FALSE(fs::exists(folder / "results"));
}

TEST_F(StudyRun, WhatIsNeitherAStudyNorAPipelineFileIsRefused) {
  put("study.toml", "name = 'x'\n");
  const Ended ended = ledd({"run", file, ".", "-o", (folder / "results").string()});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("pipeline = "), HasSubstr("[study]")));
  EXPECT_EQ(ledd({"run", "threshold", "."}).exit, 2);  // a pipeline needs -o
}

TEST_F(StudyRun, InputThatIsNotThereOrHoldsNothingEndsWith66) {
  study();
  const Ended none = ledd({"run", file});
  EXPECT_EQ(none.exit, 66);
  EXPECT_THAT(none.err, HasSubstr("'incoming' is not there"));
  fs::create_directories(folder / "incoming");
  EXPECT_EQ(ledd({"run", file}).exit, 66);
  scan("P1", "20240110", "HIP");
  const Ended unwanted = ledd({"run", file, "--json"});
  EXPECT_EQ(unwanted.exit, 65);
  EXPECT_EQ(json_lines(unwanted.out).back()["exit"], 65);
}

TEST_F(StudyRun, StoppedEarlyItIsTakenUpAgain) {
  study("set = ['wait_s=30']\n");
  scan("P1", "20240110");
  const Running running({"run", file, "--json"});
  for (int n = 0; n < 600 && !fs::exists(folder / "results"); ++n) ::usleep(50000);
  running.signal(SIGTERM);
  const Ended ended = running.wait();
  EXPECT_EQ(ended.exit, 75) << ended.err;
  study();
  EXPECT_EQ(ledd({"run", file}).exit, 0);
}

TEST_F(StudyRun, TheExampleOfTheDocumentationRuns) {
  const fs::path example = fs::path(LEDD_SOURCE_DIR) / "docs" / "examples";
  for (const char* name : {"study.toml", "subjects.csv", "visits.csv"})
    fs::copy_file(example / name, folder / name);
  write_series(folder / "incoming" / "north-1",
               sagittal_series(),
               {{"PatientID", "KC-0001"}, {"StudyDate", "20250203"}, {"SeriesDescription", "SAG 3D DESS"}});
  const Ended ended = Running({"run", file, "--dry-run", "-v"}, LEDD_PROGRAM).wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("study knee-cohort: "));
  EXPECT_THAT(ended.out, HasSubstr("K002 m12 dess right: "));
  EXPECT_THAT(ended.err,
              HasSubstr("K001 2025-02-03 series 3 \"SAG 3D DESS\": dess: knee-mri does not take it"));
}

}  // namespace
