#include <gmock/gmock.h>

#include <set>

#include "program.h"

namespace {

using ledd::testing::Attribute;
using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A study of sagittal series, number 1 a T1, 2 a T2, 3 a STIR.
struct Study : testing::Test {
  Folder in, out;

  void add(int number, const std::vector<Attribute>& more = {}) const {
    const std::vector<std::vector<Attribute>> contrasts{
        {{"SeriesDescription", "T1"}, {"RepetitionTime", "550"}, {"EchoTime", "11"}},
        {{"SeriesDescription", "T2"}, {"RepetitionTime", "4000"}, {"EchoTime", "100"}},
        {{"SeriesDescription", "STIR"},
         {"RepetitionTime", "4500"},
         {"EchoTime", "60"},
         {"InversionTime", "170"}}};
    auto attributes = contrasts.at(static_cast<std::size_t>(number - 1));
    attributes.emplace_back("SeriesNumber", std::to_string(number));
    attributes.insert(attributes.end(), more.begin(), more.end());
    write_series(in / std::to_string(number), sagittal_series("1.2.3." + std::to_string(number)), attributes);
  }
  Ended run(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"run", "threshold", in.path().string(), "-o", (out / "r").string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  std::set<std::string> cases() const {
    std::set<std::string> ids;
    if (fs::exists(out / "r" / "cases"))
      for (const auto& entry : fs::directory_iterator(out / "r" / "cases"))
        ids.insert(entry.path().filename().string());
    return ids;
  }
  Json provenance(const std::string& id) const {
    return Json::parse(::ledd::files::read_bytes(out / "r" / "cases" / id / "provenance.json"));
  }
};

Json line_of(const std::vector<Json>& lines, const std::string& type, const std::string& description) {
  for (const auto& line : lines)
    if (line["type"] == type && line.value("description", "").find(description) != std::string::npos)
      return line;
  return {};
}

TEST_F(Study, ThreeSeriesOfOneFrameAreOneCaseThatRecordsThemAll) {
  for (const int n : {1, 2, 3}) add(n);
  const Ended ended = run();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("done 1,"));
  ASSERT_THAT(cases(), SizeIs(1));
  const Json record = provenance(*cases().begin());
  EXPECT_THAT(record["inputs"], SizeIs(18));
  ASSERT_THAT(record["series_used"], SizeIs(3));
  EXPECT_EQ(record["series_used"][0]["role"], "primary");
  EXPECT_EQ(record["series_used"][0]["weighting"], "T2");
  EXPECT_EQ(record["series_used"][1]["weighting"], "T1");
  EXPECT_EQ(record["series_used"][2]["weighting"], "STIR");
  EXPECT_EQ(record["series_used"][2]["role"], "contrast");
  const auto page = ::ledd::files::read_bytes(out / "r" / "cases" / *cases().begin() / "report.html");
  EXPECT_THAT(page, HasSubstr("contrast T1, brightest voxel 534"));  // the pipeline got the T1's voxels
  EXPECT_THAT(page, HasSubstr("contrast STIR, brightest voxel 534"));
  EXPECT_THAT(run().out, HasSubstr("cached 1"));
}

TEST_F(Study, AnotherFrameOfReferenceMakesThreeCases) {
  add(1, {{"FrameOfReferenceUID", "1.2.3.91"}});
  add(2);
  add(3, {{"FrameOfReferenceUID", "1.2.3.93"}});
  EXPECT_THAT(run().out, HasSubstr("done 3,"));
  EXPECT_THAT(run({"--dry-run"}).out, HasSubstr("FrameOfReferenceUID (0020,0052) differs"));
}

TEST_F(Study, ASeriesThatArrivesLaterIsNoticed) {
  add(2);
  run();
  const auto before = cases();
  add(1);
  EXPECT_THAT(run({"--dry-run"}).out, HasSubstr("or its companion series"));
  EXPECT_THAT(run().out, HasSubstr("done 1, cached 0"));
  EXPECT_EQ(cases(), before);
  EXPECT_THAT(provenance(*before.begin())["series_used"], SizeIs(2));
}

TEST_F(Study, ACaseWhoseSeriesBecameACompanionIsNotCountedTwice) {
  add(1);
  run();
  const std::string t1 = *cases().begin();
  add(2);
  EXPECT_THAT(run().out, HasSubstr("done 1,"));
  ASSERT_THAT(cases(), SizeIs(1));
  EXPECT_FALSE(cases().contains(t1));
  const auto moved = fs::directory_iterator(out / "r" / "superseded")->path().filename().string();
  EXPECT_EQ(moved.substr(0, 12), t1);
  EXPECT_THAT(::ledd::files::read_bytes(out / "r" / "endpoints.csv"), testing::Not(HasSubstr(t1)));
}

/// Where a pipeline uses a series, from the series' line of JSON.
Json used_in(const Json& line, const char* pipeline) {
  for (const Json& one : line["pipelines"])
    if (one["pipeline"] == pipeline) return one["used_in"][0];
  ADD_FAILURE() << "no pipeline " << pipeline << " in " << line.dump();
  return Json::object();
}

TEST_F(Study, InspectDryRunAndJsonSayWhereEachSeriesIsUsed) {
  for (const int n : {1, 2, 3}) add(n);
  const Ended text = ledd({"inspect", in.path().string()});
  EXPECT_THAT(text.out, HasSubstr("threshold: yes, contrast (T1) of case "));
  EXPECT_THAT(text.out, HasSubstr("threshold: yes, primary (T2) of case "));
  const auto lines = json_lines(ledd({"inspect", in.path().string(), "--json"}).out);
  const Json use = used_in(line_of(lines, "series", "T1"), "threshold");
  EXPECT_EQ(use["role"], "contrast");
  EXPECT_EQ(use["weighting"], "T1");
  const auto plan = json_lines(run({"--dry-run", "--json"}).out);
  EXPECT_EQ(plan.back()["type"], "case");
  EXPECT_EQ(plan.back()["case_id"], use["case_id"]);
  ASSERT_THAT(plan.back()["series"], SizeIs(3));
  EXPECT_EQ(plan.back()["series"][0]["role"], "primary");
  EXPECT_EQ(used_in(line_of(plan, "series", "STIR"), "threshold")["case_id"], use["case_id"]);
}

TEST_F(Study, ASeriesByIdIsMeasuredItselfAndNoCompanionsMakesThree) {
  for (const int n : {1, 2, 3}) add(n);
  const auto lines = json_lines(ledd({"inspect", in.path().string(), "--json"}).out);
  const std::string stir = line_of(lines, "series", "STIR")["series"];
  EXPECT_THAT(run({"--series", stir}).out, HasSubstr("done 1,"));
  EXPECT_EQ(provenance(*cases().begin())["series_used"][0]["weighting"], "STIR");
  EXPECT_THAT(run({"--no-companions"}).out, HasSubstr("done 3,"));
  EXPECT_THAT(cases(), SizeIs(3));
  for (const auto& id : cases()) EXPECT_THAT(provenance(id)["series_used"], SizeIs(1));
}

TEST_F(Study, ACompanionThatCannotBeDecodedIsMissedAloud) {
  add(2);
  // Compressed pixel data whose fragment is damaged: its header and length are sound.
  auto slices = ::ledd::testing::pictures([] {
    auto series = ::ledd::testing::compressible_series();
    series.slices = 6;
    series.start_lps_mm = {0, -1, 1};
    series.row_lps = {0, 1, 0};
    series.column_lps = {0, 0, -1};
    series.gap_mm = 4.0;
    series.uid = "1.2.3.1";
    return series;
  }());
  fs::create_directories(in / "1");
  for (auto& slice : slices) {
    slice.syntax = ::ledd::testing::Syntax::kJpegLossless;
    slice.attributes = {
        {"SeriesDescription", "T1"}, {"RepetitionTime", "550"}, {"EchoTime", "11"}, {"SeriesNumber", "1"}};
  }
  ::ledd::testing::write(slices, in / "1");
  const auto bytes = ::ledd::files::read_bytes(in / "1" / "0003.dcm");
  auto damaged = bytes;
  const auto start = damaged.rfind("\xFF\xD8\xFF");  // the JPEG begins here
  ASSERT_NE(start, std::string::npos);
  for (std::size_t i = start; i < damaged.size() && i < start + 60; ++i) damaged[i] = '\0';
  ::ledd::testing::write_bytes(in / "1" / "0003.dcm", damaged);
  const Ended ended = run();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("\"T1\" is not used"));
  ASSERT_THAT(cases(), SizeIs(1));
  EXPECT_THAT(provenance(*cases().begin())["series_used"][1]["problem"].get<std::string>(),
              HasSubstr("0003.dcm"));
  EXPECT_THAT(::ledd::files::read_bytes(out / "r" / "cases" / *cases().begin() / "report.html"),
              HasSubstr("was not used"));
}

TEST_F(Study, TwoJobsGiveTheSameBytesAsOne) {
  for (const int n : {1, 2, 3}) add(n);
  write_series(in / "other", sagittal_series("1.2.4.1"), {{"StudyInstanceUID", "1.2.4"}});
  run({"--jobs", "1"});
  const auto one = tree(out / "r");
  fs::remove_all(out / "r");
  run({"--jobs", "2", "--threads", "2"});
  EXPECT_EQ(cases().size(), 2U);
  EXPECT_EQ(one, tree(out / "r"));
}

}  // namespace
