// A study file against what lies in its folder.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"

#include "cohort.h"
#include "record.h"
#include "study_record.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::cases::parse_study_record;
using ledd::cases::StudyRecord;
using ledd::testing::Cohort;
using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

constexpr const char* kHead = R"([study]
name = "cohort"
out = "results"
inputs = ["incoming/*"]
[[visit]]
name = "m00"
window_days = [-30, 30]
[[visit]]
name = "m12"
window_days = [335, 395]
[[visit]]
name = "m24"
window_days = [700, 760]
)";
constexpr const char* kKnee = R"([[protocol]]
name = "knee"
pipeline = "sided"
match = {series_description = "*KNEE*"}
)";

std::string study(const std::string& more = "") {
  return std::string(kHead) + kKnee + more;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
    return "";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kParam);
    return e.what();
  }
}

struct StudyPlan : Cohort {
  std::vector<std::string> case_ids() const {
    std::vector<std::string> ids;
    for (const auto& entry : fs::directory_iterator(folder / "results" / "cases"))
      ids.push_back(entry.path().filename().string());
    return ids;
  }
  StudyRecord record_of(const std::string& id) const {
    return parse_study_record(get("results/cases/" + id + "/study.json"));
  }
};

TEST_F(StudyPlan, TwoSitesThreeSubjectsThreeVisitsStandInOneTable) {
  put("subjects.csv", "header_id,subject,site\nP1,A,north\nP2,B,south\nP3,C,\n");
  const std::string more = R"([subjects]
map = "subjects.csv"
[[site]]
name = "north"
folder = "incoming/north/*"
[[site]]
name = "south"
folder = "incoming/south/*"
)";
  add({"P1", "20240115", "SAG KNEE", {{"Laterality", "R"}}});
  add({"P1", "20250120", "SAG KNEE", {{"Laterality", "R"}}});
  add({"P2", "20240601", "SAG KNEE", {{"Laterality", "L"}}}, "south");
  add({"P2", "20240601", "LOCALIZER"}, "south");
  add({"P3", "20260301"}, "south");
  const auto planned = plan(study(more));
  EXPECT_THAT(planned.jobs, SizeIs(1));
  EXPECT_THAT(planned.jobs.front().cases, SizeIs(4));
  EXPECT_THAT(words(study_status(planned, today)),
              ElementsAre("A m00 knee R: to do",
                          "A m12 knee R: to do",
                          "A m24 knee: missing: due by 2026-02-13",
                          "B m00 knee L: to do",
                          "B m12 knee: missing: due by 2025-07-01",
                          "B m24 knee: not due: due by 2026-07-01",
                          "C m00 knee: to do",
                          "C m12 knee: not due: due by 2027-03-31",
                          "C m24 knee: not due: due by 2028-03-30"));
  ASSERT_THAT(planned.series, SizeIs(5));
  EXPECT_EQ(std::count_if(planned.series.begin(),
                          planned.series.end(),
                          [](const auto& s) { return s.reason == "no protocol matches it"; }),
            1);
  EXPECT_EQ(run(study(more)).exit, 0);
  EXPECT_THAT(last, Contains("B m00 knee L: done"));
  const std::string table = get("results/endpoints.csv");
  EXPECT_THAT(table, ContainsRegex("A,m12,2025-01-20,north,Phantom,sided,R,"));
  EXPECT_THAT(table, ContainsRegex("C,m00,2026-03-01,south,Phantom,sided,"));
  EXPECT_THAT(table, Not(HasSubstr("P1")));
  EXPECT_THAT(get("results/study_status.csv"),
              HasSubstr("A,m12,knee,R,done,,,,north,Phantom,2025-01-20,371,"));
  EXPECT_THAT(get("results/study_series.csv"),
              HasSubstr("\"series 4 \"\"LOCALIZER\"\"\",,,no protocol matches it"));
}

TEST_F(StudyPlan, WhatIsOffProtocolIsMeasuredAndSaidOrRefused) {
  const std::string tolerance = "[protocol.tolerance]\nte_ms = [4.5, 5.5]\nmatrix = '5x4'\nechoes = 1\n";
  add({"A", "20260101", "SAG KNEE", {{"EchoTime", "6.5"}, {"Laterality", "R"}}});
  add({"B", "20260101", "SAG KNEE", {{"EchoTime", "5.5"}, {"Laterality", "R"}}});
  EXPECT_EQ(run(study("visits = ['m00']\n" + tolerance)).exit, 0);
  EXPECT_THAT(
      last,
      ElementsAre("A m00 knee R: off protocol: te_ms is off protocol [te_ms: 4.5 to 5.5 ms | te_ms: 6.5 ms]",
                  "B m00 knee R: done"));
  const auto ids = case_ids();
  ASSERT_THAT(ids, SizeIs(2));
  std::vector<std::string> deviations;
  for (const auto& id : ids)
    for (const auto& text : record_of(id).deviations) deviations.push_back(text);
  EXPECT_THAT(deviations, ElementsAre("knee: te_ms is 6.5 ms, expected 4.5 to 5.5 ms"));
  // Refused later on: what was measured stays, and is said.
  const std::string refuse = study("visits = ['m00']\non_deviation = 'refuse'\n" + tolerance);
  EXPECT_EQ(run(refuse).cached, 1U);
  EXPECT_THAT(last.front(),
              AllOf(HasSubstr("off protocol, and the protocol refuses that"), HasSubstr("an earlier run")));
  fs::remove_all(folder / "results");
  EXPECT_EQ(run(refuse).done, 1U);
  EXPECT_THAT(last.front(),
              HasSubstr("A m00 knee R: off protocol: off protocol, and the protocol refuses that"));
  EXPECT_THAT(case_ids(), SizeIs(1));
}

TEST_F(StudyPlan, DaysThatAreNoVisitAreMeasuredAndGivenToNone) {
  const std::string one_visit = "visits = ['m00']\n[[visit]]\nname = 'm01'\nwindow_days = [25, 60]\n";
  add({"A", "20260101"});
  add({"A", "20260110"});  // a second day in the window of m00
  add({"B", "20260101"});
  add({"B", "20260128"});  // day 27: m00 and m01
  add({"C", "20260101"});
  add({"C", "20260501"});  // day 120: none
  add({"D", ""});
  EXPECT_EQ(run(study(one_visit)).done, 7U);
  EXPECT_THAT(last,
              ElementsAre("A knee: ambiguous: 2 days in the window of m00: 2026-01-01, 2026-01-10",
                          "A knee: ambiguous: 2 days in the window of m00: 2026-01-01, 2026-01-10",
                          "B m00 knee: done",
                          "B knee: ambiguous: day 27 lies in the windows of m00 and m01",
                          "C m00 knee: done",
                          "C knee: out of window: day 120 lies in no window; the nearest is m01, 25 to 60",
                          "D m00 knee: not due: the subject's baseline is not known",
                          "D knee: no date: its study date is not stated"));
  EXPECT_THAT(get("results/endpoints.csv"), ContainsRegex("B,m00,2026-01-01"));
  EXPECT_THAT(get("results/endpoints.csv"), Not(ContainsRegex("B,m00,2026-01-28")));
  // The list of visits settles what windows cannot.
  put("visits.csv", "subject,visit,date\nA,m00,2026-01-10\nA,,2026-01-01\nB,m01,2026-01-28\n");
  EXPECT_EQ(run(study(one_visit + "[schedule]\nvisits = 'visits.csv'\n")).exit, 0);
  EXPECT_THAT(last, Contains("A m00 knee: done"));
  EXPECT_THAT(last, Contains("A knee: out of window: the list of visits says that 2026-01-01 is no visit"));
}

TEST_F(StudyPlan, TwoScansOfOneDayAreBothDoneAndSaidToBeTwo) {
  add({"A", "20260101", "SAG KNEE", {{"Laterality", "R"}}});
  add({"A", "20260101", "SAG KNEE", {{"Laterality", "R"}}});
  add({"A", "20260102", "SAG KNEE", {{"Laterality", "L"}}});  // the other knee may come on another day
  run(study("sides = ['R', 'L']\nvisits = ['m00']\n"));
  EXPECT_THAT(last,
              ElementsAre("A m00 knee R: done: one of 2 of this day",
                          "A m00 knee R: done: one of 2 of this day",
                          "A m00 knee L: done"));
}

TEST_F(StudyPlan, EachSideThatAProtocolWantsIsAskedFor) {
  add({"A", "20260101", "SAG KNEE", {{"Laterality", "R"}}});
  add({"B", "20260101", "SAG KNEE", {{"Laterality", "B"}}});
  add({"C", "20260101"});
  const auto both = rows(study("sides = ['R', 'L']\nvisits = ['m00']\n"));
  EXPECT_THAT(both,
              ElementsAre("A m00 knee R: to do",
                          "A m00 knee L: missing: due by 2026-01-31",
                          "B m00 knee R: to do",
                          "B m00 knee L: to do",
                          "C m00 knee R: missing: there is a case whose side is not known; due by 2026-01-31",
                          "C m00 knee L: missing: there is a case whose side is not known; due by 2026-01-31",
                          "C m00 knee: to do"));
  EXPECT_THAT(rows(study("sides = ['L']\nvisits = ['m00']\n")),
              Contains("A m00 knee R: to do: side is off protocol [side: L | side: R]"));
  EXPECT_THAT(rows(study("sides = ['L']\nrequired = false\n")), Not(Contains(HasSubstr("missing"))));
}

TEST_F(StudyPlan, AnUnknownSubjectIsRefusedOrKeptAndNeverSilently) {
  put("subjects.csv", "header_id,subject\nP1,A\nP7,Z\n");
  add({"P1", "20260101"});
  add({"P2", "20260101"});
  const std::string map = "visits = ['m00']\n[subjects]\nmap = 'subjects.csv'\n";
  EXPECT_EQ(run(study(map)).done, 1U);
  EXPECT_THAT(
      last,
      ElementsAre("A m00 knee: done",
                  HasSubstr("P2 knee: refused: series 2 \"SAG KNEE\": its PatientID (0010,0020) is not in "
                            "subjects.csv"),
                  "Z m00 knee: not due: the subject's baseline is not known"));
  EXPECT_THAT(get("results/study_series.csv"), ContainsRegex("P2,2026-01-01,.*is not in subjects.csv"));
  EXPECT_EQ(run(study(map + "unknown = 'keep'\n")).done, 1U);
  EXPECT_THAT(last, Contains("P2 m00 knee: done"));
  EXPECT_THAT(rows(study("[subjects]\npattern = 'P([0-9])'\n")), Contains("1 m00 knee: done"));
  EXPECT_THAT(rows(study("[subjects]\npattern = 'X([0-9])'\n")),
              Contains(HasSubstr("does not fit the pattern")));
}

TEST_F(StudyPlan, SitesAndScannersThatDoNotFitAreDeviations) {
  const std::string rules = R"(visits = ['m00']
[[site]]
name = "north"
match = {institution = "North*"}
[[site]]
name = "any"
match = {institution = "*east"}
[[scanner]]
name = "n1"
site = "north"
match = {station = "MR1"}
)";
  add({"A", "20260101", "SAG KNEE", {{"InstitutionName", "North Hospital"}, {"StationName", "MR1"}}});
  add({"B", "20260101", "SAG KNEE", {{"InstitutionName", "North-east"}, {"StationName", "MR9"}}});
  add({"C", "20260101", "SAG KNEE", {{"InstitutionName", "West"}, {"StationName", "MR1"}}});
  add({"D", "20260101", "SAG KNEE", {{"InstitutionName", "The east"}, {"StationName", "MR1"}}});
  const auto all = rows(study(rules));
  EXPECT_EQ(all.at(0), "A m00 knee: to do");
  EXPECT_THAT(
      all.at(1),
      HasSubstr("scanner: one of n1; site: one of any, north | scanner: Phantom; site: fits any and north"));
  EXPECT_EQ(all.at(2), "C m00 knee: to do");  // the scanner tells the site
  EXPECT_THAT(all.at(3), HasSubstr("site: north | site: any"));
  run(study(rules));
  EXPECT_THAT(get("results/endpoints.csv"), ContainsRegex("A,m00,2026-01-01,north,n1,"));
  EXPECT_THAT(get("results/endpoints.csv"), ContainsRegex("B,m00,2026-01-01,North-east,Phantom,"));
}

TEST_F(StudyPlan, TwoProtocolsOfOneSeriesMustMeasureAlike) {
  add({"A", "20260101"});
  const std::string second = "[[protocol]]\nname = 'again'\npipeline = 'sided'\nmatch = {modality = 'MR'}\n";
  EXPECT_THAT(error_of([&] { plan(study(second + "set = ['threshold=60']\n")); }),
              AllOf(HasSubstr("protocols 'again' and 'knee'"), HasSubstr("threshold = 60 and 50")));
  EXPECT_EQ(run(study(second)).done, 1U);
  EXPECT_THAT(last, AllOf(Contains("A m00 knee: done"), Contains("A m00 again: done")));
  EXPECT_THAT(record_of(case_ids().front()).protocols, ElementsAre("again", "knee"));
}

TEST_F(StudyPlan, WhatDoesNotExistIsNamedWithItsNearest) {
  add({"A", "20260101"});
  const std::string head = kHead;
  EXPECT_THAT(
      error_of([&] { plan(head + "[[protocol]]\nname='a'\npipeline='sidde'\nmatch={modality='MR'}\n"); }),
      AllOf(HasSubstr("[[protocol]] 'a'"), HasSubstr("sided")));
  EXPECT_THAT(error_of([&] { plan(study("set = ['treshold=3']\n")); }),
              HasSubstr("did you mean 'threshold'"));
  EXPECT_THAT(error_of([&] { plan(study("[[endpoint]]\npipeline = 'sided'\nendpoint = 'Vo'\n")); }),
              HasSubstr("did you mean 'Vol'"));
  EXPECT_THAT(error_of([&] { plan(study("[[endpoint]]\npipeline = 'threshold'\nendpoint = 'Vol'\n")); }),
              HasSubstr("no protocol uses the pipeline 'threshold'"));
  EXPECT_THROW(plan(study("[subjects]\nmap = 'none.csv'\n")), Error);
}

TEST_F(StudyPlan, ARequiredEndpointThatIsNotThereMakesAVisitIncomplete) {
  add({"A", "20260101"});
  const std::string wanted = "visits = ['m00']\n[[endpoint]]\npipeline = 'sided'\nendpoint = 'Vol'\n";
  run(study(wanted + "region = 'L1'\n"));
  EXPECT_THAT(last, ElementsAre("A m00 knee: done"));
  EXPECT_EQ(run(study(wanted + "region = ['L1', 'L2']\n")).cached, 1U);
  EXPECT_THAT(
      last, ElementsAre("A m00 knee: incomplete: Vol of L2 (value) is missing: it is not among the results"));
}

TEST_F(StudyPlan, AFailedCaseIsSaidWithItsReasonAndGivesExit8) {
  add({"A", "20260101"});
  add({"B", "20260101", "SAG KNEE", {{"EchoTime", "7"}}});
  // One rule whose threshold nothing reaches: its case is set aside.
  const std::string text =
      std::string(kHead) +
      "[[protocol]]\nname = 'a'\npipeline = 'sided'\nmatch = {te_ms = 5}\nvisits = ['m00']\n"
      "[[protocol]]\nname = 'b'\npipeline = 'sided'\nmatch = {te_ms = 7}\nvisits = ['m00']\n"
      "set = ['threshold=5000']\nrequired = false\n";
  const auto summary = run(text);
  EXPECT_EQ(summary.exit, 8);
  EXPECT_EQ(summary.done, 1U);
  EXPECT_THAT(last, Contains("B m00 b: failed: segment: no voxel is above the threshold"));
  EXPECT_THAT(last, Contains("B m00 a: missing: due by 2026-01-31"));
}

TEST_F(StudyPlan, NamesChangeWithoutMeasuringAgain) {
  add({"A", "20260101"});
  add({"A", "20260215"});
  run(study());
  const auto ids = case_ids();
  std::vector<std::string> records;
  for (const auto& id : ids) records.push_back(get("results/cases/" + id + "/provenance.json"));
  put("subjects.csv", "header_id,subject\nA,renamed\n");
  const std::string changed = R"([study]
name = "other name"
out = "results"
inputs = ["incoming"]
[subjects]
map = "subjects.csv"
[[site]]
name = "north"
folder = "incoming/north/*"
[[visit]]
name = "first"
window_days = [-5, 5]
[[visit]]
name = "second"
window_days = [40, 50]
)";
  const auto summary = run(changed + kKnee);
  EXPECT_EQ(summary.cached, 2U);
  EXPECT_EQ(summary.done, 0U);
  for (std::size_t n = 0; n < ids.size(); ++n)
    EXPECT_EQ(get("results/cases/" + ids[n] + "/provenance.json"), records[n]);
  EXPECT_THAT(last, ElementsAre("renamed first knee: done", "renamed second knee: done"));
  EXPECT_THAT(get("results/endpoints.csv"), ContainsRegex("renamed,second,2026-02-15,north,"));
  EXPECT_THAT(get("results/endpoints.csv"), Not(HasSubstr("m00")));
}

TEST_F(StudyPlan, ANamedCaseThatIsMadeAgainLeavesNothingBehind) {
  add({"A", "20260101"});
  run(study());
  EXPECT_EQ(run(study("set = ['threshold=60']\n")).done, 1U);
  EXPECT_FALSE(fs::exists(folder / "results" / "superseded"));  // study.json is nobody's edit
  EXPECT_EQ(record_of(case_ids().front()).visit, "m00");
}

TEST_F(StudyPlan, CasesOfEarlierRunsCountWhenTheirFilesWereMovedAway) {
  add({"A", "20250101", "SAG KNEE", {{"EchoTime", "6"}}});
  const std::string rules = study("visits = ['m00', 'm12']\n[protocol.tolerance]\nte_ms = [4.5, 5.5]\n");
  run(rules);
  fs::remove_all(folder / "incoming");
  add({"A", "20260105"});
  EXPECT_EQ(run(rules).done, 1U);
  // The baseline is still the day of the first, and its deviation is still known.
  EXPECT_THAT(
      last.at(0),
      AllOf(HasSubstr("A m00 knee: off protocol"), HasSubstr("not in the input now"), HasSubstr("6 ms")));
  EXPECT_EQ(last.at(1), "A m12 knee: done");
  const auto before = last;
  EXPECT_EQ(run(rules).cached, 1U);
  EXPECT_EQ(last, before);
}

TEST_F(StudyPlan, OtherSeriesOfAStudyJoinAsInAPlainRun) {
  const std::string spine =
      std::string(kHead) +
      "[[protocol]]\nname = 't2'\npipeline = 'threshold'\nmatch = {series_description = 'T2'}\n";
  const std::string t1 =
      "[[protocol]]\nname = 't1'\npipeline = 'threshold'\nmatch = {series_description = 'T1'}\n";
  add({"A", "20260101", "T1", {{"RepetitionTime", "550"}, {"EchoTime", "11"}}});
  add({"A", "20260101", "T2", {{"RepetitionTime", "4000"}, {"EchoTime", "100"}}});
  auto planned = plan(spine);
  ASSERT_THAT(planned.jobs.at(0).cases, SizeIs(1));
  EXPECT_THAT(planned.jobs.at(0).cases.front().companions, SizeIs(1));
  EXPECT_THAT(planned.series.front().protocols, "t2");  // the T1 is used, though no rule speaks of it
  const std::string broad =
      std::string(kHead) + "[[protocol]]\nname = 'all'\npipeline = 'threshold'\nmatch = {modality = 'MR'}\n";
  planned = plan(broad);
  ASSERT_THAT(planned.jobs.at(0).cases, SizeIs(1));
  EXPECT_THAT(planned.jobs.at(0).cases.front().replaces, SizeIs(1));
  // Measured by themselves both stay, run after run.
  EXPECT_EQ(run(spine + t1).done, 2U);
  EXPECT_EQ(run(spine + t1).cached, 2U);
  EXPECT_THAT(case_ids(), SizeIs(2));
}

TEST_F(StudyPlan, TheOrderOfFilesAndRulesChangesNothing) {
  const std::vector<std::string> rules{
      kKnee,
      "[[protocol]]\nname = 'any'\npipeline = 'sided'\nmatch = {te_ms = 5}\n",
      "[[protocol]]\nname = 'spine'\npipeline = 'threshold'\nmatch = {plane = 'sagittal'}\n",
      "[[site]]\nname = 'z'\nfolder = '*/south/*'\n",
      "[[site]]\nname = 'a'\nfolder = '*/north/*'\n"};
  const auto make = [&](bool turned) {
    fs::remove_all(folder / "incoming");
    fs::remove_all(folder / "results");
    scans = 0;
    prefix = "";
    for (int n = 0; n < 6; ++n) {
      // The same series, in folders that sort the other way round.
      prefix = std::to_string(turned ? 90 - n : 10 + n) + "-";
      add({n % 2 ? "A" : "B", "2026010" + std::to_string(n + 1), "KNEE", {{"Laterality", n % 3 ? "R" : "L"}}},
          n < 3 ? "north" : "south");
    }
    auto ordered = rules;
    if (turned) std::reverse(ordered.begin(), ordered.end());
    std::string text = kHead;
    for (const auto& rule : ordered) text += rule;
    EXPECT_EQ(run(text).exit, 0);
    return std::vector<std::string>{
        get("results/study_status.csv"), get("results/study_series.csv"), get("results/endpoints.csv")};
  };
  const auto one = make(false);
  EXPECT_THAT(one.front(), HasSubstr(",spine,"));
  EXPECT_EQ(one, make(true));
}

TEST_F(StudyPlan, AnyOrderOfFoldersAndTablesGivesOnePlan) {
  std::vector<std::string> tables{
      kKnee,
      "[[protocol]]\nname = 'te'\npipeline = 'sided'\nmatch = {te_ms = 5}\n",
      "[[protocol]]\nname = 'spine'\npipeline = 'threshold'\nmatch = {rows = 4}\n",
      "[[visit]]\nname = 'm06'\nwindow_days = [150, 210]\n",
      "[[site]]\nname = 'z'\nmatch = {modality = 'CT'}\n",
      "[[site]]\nname = 'a'\nfolder = 'incoming/*'\n"};
  std::vector<int> order{0, 1, 2, 3, 4, 5, 6, 7};
  std::mt19937 random(7);
  std::set<std::string> plans;
  for (int round = 0; round < 8; ++round) {
    fs::remove_all(folder / "incoming");
    int place = 100;
    for (const int n : order) {
      prefix = std::to_string(place++) + "-";  // the same series, in folders that sort in another way
      scans = n;
      add({n % 2 ? "A" : "B", n < 4 ? "20260101" : "20260620", n % 3 ? "KNEE" : "T2", {}});
    }
    std::string text = kHead;
    for (const auto& table : tables) text += table;
    const auto planned = plan(text);
    std::string said = study_status_csv(study_status(planned, today)) + study_series_csv(planned);
    for (const auto& job : planned.jobs) said += job.protocol + " " + std::to_string(job.cases.size()) + "\n";
    plans.insert(said);
    std::shuffle(tables.begin(), tables.end(), random);
    std::shuffle(order.begin(), order.end(), random);
  }
  EXPECT_THAT(plans, SizeIs(1)) << *plans.begin() << *plans.rbegin();
}

TEST_F(StudyPlan, WithAKeyNoTableHoldsAPatientID) {
  add({"SECRET-1", "20260101", "SAG KNEE", {{"EchoTime", "6"}, {"InstitutionName", "SECRET"}}});
  add({"SECRET-2", "20260101"});
  add({"SECRET-2", "20270110"});
  put("subjects.csv", "header_id,subject\nSECRET-2,B\n");
  auto key = ledd::deidentification::SubjectKey::create(folder / "site.key");
  const std::string text = "visits = ['m00', 'm12']\n[[site]]\nname = 'x'\nmatch = {institution = 'x'}\n";
  std::string keyed = study(text + "[protocol.tolerance]\nte_ms = 5\n");
  keyed.replace(keyed.find("[[visit]]"), 0, "key = 'site.key'\n");
  EXPECT_EQ(run(keyed, &key).done, 3U);
  EXPECT_THAT(last, Contains(HasSubstr("S0001 m00 knee: off protocol")));
  EXPECT_EQ(run(keyed + "[subjects]\nmap = 'subjects.csv'\n", &key).cached, 2U);
  EXPECT_THAT(last, Contains(HasSubstr("B m12 knee")));
  put("visits.csv", "subject,visit,date\nB,,2026-01-01\n");
  EXPECT_EQ(run(keyed + "[subjects]\nmap = 'subjects.csv'\n[schedule]\nvisits = 'visits.csv'\n", &key).cached,
            2U);
  EXPECT_THAT(last,
              Contains(HasSubstr("B knee: out of window: the list of visits says that [date] is no visit")));
  for (const auto& entry : fs::recursive_directory_iterator(folder / "results"))
    if (entry.is_regular_file()) {
      const std::string bytes = ledd::files::read_bytes(entry.path());
      EXPECT_THAT(bytes, Not(HasSubstr("SECRET"))) << entry.path();
      if (entry.path().extension() == ".csv") {
        EXPECT_THAT(bytes, Not(HasSubstr("2026-01-01"))) << entry.path();
      }
    }
}

TEST_F(StudyPlan, ThoseWhomNobodyNamedAreNotOnePerson) {
  add({"", "20260101"});
  add({"", "20260201"});
  const std::string nobody = " knee: ambiguous: it names no subject: PatientID (0010,0020) is empty";
  EXPECT_EQ(run(study("visits = ['m00']\n")).done, 2U);
  EXPECT_THAT(last, ElementsAre(nobody, nobody));
}

TEST_F(StudyPlan, PlanningTouchesNothing) {
  add({"A", "20260101"});
  rows(study());
  EXPECT_FALSE(fs::exists(folder / "results"));
}

TEST(StudyRecord, ComesBackAsItWasWritten) {
  const StudyRecord record{
      "s", "a", "m00", "north", "n1", "m00", {"p", "q"}, {"p: te"}, {{"p", "te_ms", "5 ms", "6 ms"}}};
  EXPECT_EQ(parse_study_record(print(record)), record);
  EXPECT_THROW(parse_study_record("{}"), Error);
  EXPECT_THROW(parse_study_record("x"), Error);
}

}  // namespace
