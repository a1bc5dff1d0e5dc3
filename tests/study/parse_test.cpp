#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/study/study.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::study::is_study;
using ledd::study::parse;
using ledd::study::Study;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kHead = R"([study]
name = "knees"
out = "results"
inputs = ["incoming/*", "more"]
)";
constexpr const char* kProtocol = R"(
[[protocol]]
name = "dess"
pipeline = "knee-mri"
match = {series_description = "*DESS*"}
)";

Study parsed(const std::string& more) {
  return parse(kHead + more + kProtocol, "s.toml");
}

/// What is said of a file that is not as it must be; "" when nothing is.
std::string refused(const std::string& text) {
  try {
    parse(text, "s.toml");
    return "";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kParam) << e.what();
    return e.what();
  }
}
std::string refused_with(const std::string& more) {
  return refused(kHead + more + kProtocol);
}
/// With more lines in the last protocol.
std::string refused_protocol(const std::string& more) {
  return refused(std::string(kHead) + kProtocol + more);
}
Study with_protocol(const std::string& more) {
  return parse(std::string(kHead) + kProtocol + more, "s.toml");
}

TEST(StudyFile, TheSmallestHasItsDefaults) {
  const Study study = parsed("");
  EXPECT_EQ(study.name, "knees");
  EXPECT_EQ(study.out, "results");
  EXPECT_THAT(study.inputs, ElementsAre("incoming/*", "more"));
  EXPECT_FALSE(study.as_of);
  EXPECT_THAT(study.visits, IsEmpty());
  ASSERT_THAT(study.protocols, SizeIs(1));
  const auto& protocol = study.protocols.front();
  EXPECT_TRUE(protocol.required);
  EXPECT_FALSE(protocol.refuse_deviations);
  EXPECT_THAT(protocol.sides, IsEmpty());
  ASSERT_THAT(protocol.match, SizeIs(1));
  EXPECT_EQ(protocol.match.front().fact, "series_description");
  EXPECT_THAT(protocol.match.front().patterns, ElementsAre("*DESS*"));
}

TEST(StudyFile, EveryKeyIsRead) {
  const Study study = parse(R"([study]
name = "knees"
description = "Ten years."
out = "results"
inputs = "incoming"
key = "site.key"
as_of = 2026-05-31
[[site]]
name = "north"
folder = "incoming/north*"
[[site]]
name = "east"
match = {institution = ["East*", "E"]}
[[scanner]]
name = "n3"
site = "north"
match = {station = "MR1", field_strength_t = [2.8, 3.1]}
[subjects]
map = "subjects.csv"
unknown = "keep"
[schedule]
baseline = "baseline.csv"
visits = "visits.csv"
[[visit]]
name = "m12"
window_days = [300, 420]
target_day = 365
[[visit]]
name = "m00"
label = "Baseline"
window_days = [-30, 30]
[[visit]]
name = "extra"
[[protocol]]
name = "dess"
pipeline = "mine/knee.toml"
visits = ["m12", "m00"]
match = {modality = "MR", te_ms = {max = 10}}
parameters = {cartilage = {smooth_mm = 0.5}, bones = true, mode = "fast"}
set = ["bones=false", "levels=3"]
required = false
sides = ["L", "R"]
on_deviation = "refuse"
[protocol.tolerance]
te_ms = [4.5, 5.5]
field_strength_t = {one_of = [1.5, 3]}
flip_angle_deg = 25
matrix = ["384x384", "384x307"]
[[endpoint]]
pipeline = "knee-mri"
endpoint = "ThC"
region = ["MT", "LT"]
statistic = "mean"
)",
                            "s.toml");
  EXPECT_EQ(study.description, "Ten years.");
  EXPECT_EQ(study.key, "site.key");
  EXPECT_EQ(ledd::study::to_text(study.as_of.value()), "2026-05-31");
  ASSERT_THAT(study.sites, SizeIs(2));
  EXPECT_EQ(study.sites[0].name, "east");  // sorted: the order of the file decides nothing
  EXPECT_EQ(study.sites[1].match.front().fact, "folder");
  EXPECT_EQ(study.scanners.front().site, "north");
  EXPECT_EQ(study.subjects.map, "subjects.csv");
  EXPECT_FALSE(study.subjects.refuse_unknown);
  EXPECT_EQ(study.baseline_file, "baseline.csv");
  EXPECT_EQ(study.visits_file, "visits.csv");
  ASSERT_THAT(study.visits, SizeIs(3));
  EXPECT_EQ(study.visits[0].name, "extra");
  EXPECT_EQ(study.visits[1].name, "m00");
  EXPECT_EQ(study.visits[1].label, "Baseline");
  EXPECT_EQ(study.visits[1].target_day, 0);
  EXPECT_EQ(study.visits[2].target_day, 365);
  const auto& protocol = study.protocols.front();
  EXPECT_THAT(protocol.visits, ElementsAre("m00", "m12"));
  EXPECT_THAT(protocol.sides, ElementsAre("R", "L"));
  EXPECT_FALSE(protocol.required);
  EXPECT_TRUE(protocol.refuse_deviations);
  EXPECT_EQ(protocol.parameters.at("cartilage.smooth_mm"), ledd::Value(0.5));
  EXPECT_EQ(protocol.parameters.at("bones"), ledd::Value(false));  // `set` wins
  EXPECT_EQ(protocol.parameters.at("levels"), ledd::Value(std::int64_t{3}));
  EXPECT_EQ(protocol.parameters.at("mode"), ledd::Value(std::string("fast")));
  ASSERT_THAT(protocol.tolerance, SizeIs(4));
  EXPECT_EQ(protocol.tolerance[0].fact, "field_strength_t");
  EXPECT_THAT(protocol.tolerance[0].intervals, SizeIs(2));
  EXPECT_EQ(protocol.tolerance[1].intervals.front().low, 25);
  EXPECT_EQ(protocol.tolerance[3].intervals.front(), (ledd::study::Interval{4.5, 5.5}));
  const auto& endpoint = study.endpoints.front();
  EXPECT_EQ(endpoint.endpoint, "ThC");
  EXPECT_THAT(endpoint.regions, ElementsAre("LT", "MT"));
  EXPECT_EQ(endpoint.statistic, "mean");
}

TEST(StudyFile, AnUnknownKeyOfAnyTableIsRefusedWithTheNearestAndItsPlace) {
  EXPECT_THAT(
      refused_with("nme = 1\n"),
      AllOf(HasSubstr("s.toml, line 5, column 1"), HasSubstr("[study]"), HasSubstr("did you mean 'name'")));
  EXPECT_THAT(refused_with("[[visti]]\n"), HasSubstr("did you mean 'visit'"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\n  windows_day = [0, 1]\n"),
              AllOf(HasSubstr("line 7, column 3"), HasSubstr("did you mean 'window_days'")));
  EXPECT_THAT(refused_with("[[site]]\nname = 'a'\nmatch = {institutoin = 'x'}\n"),
              HasSubstr("did you mean 'institution'"));
  EXPECT_THAT(refused_with("[[scanner]]\nnames = 'a'\n"), HasSubstr("did you mean 'name'"));
  EXPECT_THAT(refused_with("[subjects]\nmaps = 'a'\n"), HasSubstr("did you mean 'map'"));
  EXPECT_THAT(refused_with("[schedule]\nbaselines = 'a'\n"), HasSubstr("did you mean 'baseline'"));
  EXPECT_THAT(refused_with("[[endpoint]]\nregions = 'a'\n"), HasSubstr("did you mean 'region'"));
  EXPECT_THAT(refused_protocol("requierd = true\n"), HasSubstr("did you mean 'required'"));
  EXPECT_THAT(refused_protocol("[protocol.tolerance]\nte = 5\n"),
              HasSubstr("[[protocol]] tolerance has no key 'te'"));
  EXPECT_THAT(refused_protocol("[protocol.tolerance]\nte_ms = {minimum = 5}\n"),
              HasSubstr("did you mean 'min'"));
}

TEST(StudyFile, WhatMustBeThereIsAskedFor) {
  EXPECT_THAT(refused(""), HasSubstr("[study] is missing"));
  EXPECT_THAT(refused("[study]\nname = 'a'\nout = 'b'\ninputs = 'c'\n"), HasSubstr("no [[protocol]]"));
  EXPECT_THAT(refused(std::string("[study]\nout = 'b'\ninputs = 'c'\n") + kProtocol),
              HasSubstr("'name' is missing"));
  EXPECT_THAT(refused(std::string("[study]\nname = 'b'\ninputs = 'c'\n") + kProtocol),
              HasSubstr("'out' is missing"));
  EXPECT_THAT(refused(std::string("[study]\nname = 'b'\nout = 'c'\n") + kProtocol),
              HasSubstr("'inputs' is missing"));
  EXPECT_THAT(refused_with("[[site]]\nname = 'a'\n"), HasSubstr("needs 'match' or 'folder'"));
  EXPECT_THAT(refused_with("[[scanner]]\nname = 'a'\n"), HasSubstr("needs 'match'"));
  EXPECT_THAT(refused_with("[subjects]\nunknown = 'keep'\n"), HasSubstr("needs 'map' or 'pattern'"));
  EXPECT_THAT(refused_with("[subjects]\nmap = 'a'\npattern = '(b)'\n"), HasSubstr("not both"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\n"), HasSubstr("needs 'window_days'"));
  EXPECT_THAT(refused(std::string(kHead) + "[[protocol]]\nname = 'a'\npipeline = 'b'\n"),
              HasSubstr("needs 'match'"));
}

TEST(StudyFile, AValueOfTheWrongKindIsRefused) {
  EXPECT_THAT(refused_with("description = 3\n"), HasSubstr("must be text"));
  EXPECT_THAT(refused_with("key = ''\n"), HasSubstr("'key' is empty"));
  EXPECT_THAT(refused_with("key = \"a\\u0001\"\n"), HasSubstr("control character"));
  EXPECT_THAT(refused_with("as_of = 'yesterday'\n"), HasSubstr("must be a day"));
  EXPECT_THAT(refused_with("as_of = '2026-02-30'\n"), HasSubstr("must be a day"));
  EXPECT_THAT(refused_with("[site]\nname = 'a'\n"), HasSubstr("write [[site]]"));
  EXPECT_THAT(refused_with("site = ['a']\n"), HasSubstr("has no key 'site'"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\nwindow_days = 3\n"), HasSubstr("must be [first, last]"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\nwindow_days = [3, 1]\n"),
              HasSubstr("ends before it begins"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\nwindow_days = [0.5, 1]\n"), HasSubstr("whole number"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\nwindow_days = [0, 100001]\n"), HasSubstr("out of"));
  EXPECT_THAT(refused_with("[[visit]]\nname = 'a'\nwindow_days = [0, 2]\ntarget_day = 3\n"),
              HasSubstr("not within 'window_days'"));
  EXPECT_THAT(refused_with("[subjects]\npattern = 'P[0-9'\n"), HasSubstr("no regular expression"));
  EXPECT_THAT(refused_with("[subjects]\npattern = 'P[0-9]+'\n"), HasSubstr("exactly one group"));
  EXPECT_THAT(refused_with("[subjects]\nmap = 'a'\nunknown = 'drop'\n"), HasSubstr("none of refuse, keep"));
  EXPECT_THAT(refused_protocol("required = 1\n"), HasSubstr("true or false"));
  EXPECT_THAT(refused_protocol("visits = []\n"), HasSubstr("empty list"));
  EXPECT_THAT(refused_protocol("sides = ['B']\n"), HasSubstr("there is no side 'B'"));
  EXPECT_THAT(refused_protocol("on_deviation = 'warn'\n"), HasSubstr("none of measure, refuse"));
  EXPECT_THAT(refused_protocol("set = ['a']\n"), HasSubstr("'a' is not name=value"));
  EXPECT_THAT(refused_protocol("parameters = {a = [1]}\n"), HasSubstr("parameter 'a'"));
  EXPECT_THAT(refused_protocol("[protocol.tolerance]\nkernel = 3\n"), HasSubstr("must be text"));
}

TEST(StudyFile, NumbersOfAToleranceAreARangeOrAChoiceAndNeverEither) {
  const auto tolerance = [](const std::string& te) {
    return refused_protocol("[protocol.tolerance]\nte_ms = " + te + "\n");
  };
  EXPECT_THAT(tolerance("'5'"), HasSubstr("finite number"));
  EXPECT_THAT(tolerance("nan"), HasSubstr("finite number"));
  EXPECT_THAT(tolerance("[5]"), HasSubstr("one_of"));
  EXPECT_THAT(tolerance("[5, 6, 7]"), HasSubstr("one_of"));
  EXPECT_THAT(tolerance("[6, 5]"), HasSubstr("must not be above"));
  EXPECT_THAT(tolerance("{min = 6, max = 5}"), HasSubstr("'min' is above 'max'"));
  EXPECT_THAT(tolerance("{one_of = 5}"), HasSubstr("list of numbers"));
  EXPECT_THAT(tolerance("{one_of = [5], min = 3}"), HasSubstr("stand alone"));
  EXPECT_THAT(tolerance("{}"), HasSubstr("needs 'min', 'max' or 'one_of'"));
  EXPECT_EQ(tolerance("{min = 5}"), "");
  EXPECT_THAT(refused(std::string(kHead) + "[[protocol]]\nname='a'\npipeline='b'\nmatch = {echoes = 3}\n"),
              HasSubstr("known of a case only"));
}

TEST(StudyFile, NamesAreDefinedOnceAndBeforeTheyAreUsed) {
  EXPECT_THAT(refused_with("[[site]]\nname = 'a'\nfolder = 'x'\n[[site]]\nname = 'a'\nfolder = 'y'\n"),
              AllOf(HasSubstr("'a' is used twice"), HasSubstr("line 9")));
  EXPECT_THAT(refused_protocol(kProtocol), HasSubstr("'dess' is used twice"));
  EXPECT_THAT(
      refused_with("[[site]]\nname = 'north'\nfolder = 'x'\n[[scanner]]\nname = 'b'\nsite = 'nort'\n"),
      HasSubstr("did you mean 'north'"));
  EXPECT_THAT(refused_protocol("visits = ['m00']\n"),
              HasSubstr("there is no [[visit]] 'm00'; there is none"));
}

TEST(StudyFile, WhatIsNoTomlIsRefusedWithItsLine) {
  EXPECT_THAT(refused("[study]\nname = \n"), AllOf(HasSubstr("s.toml, line 2"), HasSubstr("not TOML")));
}

TEST(StudyFile, IsToldFromAPipelineFile) {
  EXPECT_TRUE(is_study("[study]\n"));
  EXPECT_FALSE(is_study("pipeline = 'knee-mri'\n"));
  EXPECT_FALSE(is_study("study = 3\n"));
  EXPECT_FALSE(is_study("[study"));
}

TEST(StudyFile, TheOrderOfTablesDecidesNothing) {
  const std::string a = "[[visit]]\nname = 'a'\nwindow_days = [0, 9]\n",
                    b = "[[visit]]\nname = 'b'\nwindow_days = [9, 20]\n";
  const Study one = parsed(a + b), other = parsed(b + a);
  for (const std::size_t n : {0U, 1U}) EXPECT_EQ(one.visits[n].name, other.visits[n].name);
  EXPECT_THAT(with_protocol("").protocols, SizeIs(1));
}

}  // namespace
