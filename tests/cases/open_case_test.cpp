#include "ledd/cases/open_case.h"

#include <gmock/gmock.h>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cases/batch.h"
#include "ledd/core/error.h"

#include "drawings.h"
#include "folder.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Error;
using ledd::Folder;
using ledd::cases::open_case;
using ledd::testing::threshold_pipeline;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

/// One scan and its finished case.
struct Finished : testing::Test {
  Folder input, output;
  Context context;
  fs::path scan = input / "a.nii.gz", folder;

  Finished() {
    ledd::testing::write_scan(scan, 7);
    const auto seen = ledd::cases::survey({input.path()}, {}, {threshold_pipeline()}, context);
    const auto planned = ledd::cases::plan(seen, threshold_pipeline(), {});
    ledd::cases::BatchOptions options;
    options.out = output.path();
    ledd::cases::Stop stop;
    ledd::cases::run_batch(
        planned, {threshold_pipeline(), threshold_pipeline().prepare({})}, options, {}, stop);
    folder = output / "cases" / planned.front().id;
  }
};

TEST_F(Finished, OpensWithItsScanAndLabels) {
  const auto opened = open_case(folder, {}, context);
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.scan && opened.labels);
  ledd::require_same_grid(*opened.scan, *opened.labels, "scan and labels");
  EXPECT_EQ(opened.scan->GetBufferPointer()[6], 100.0F);
  EXPECT_EQ(opened.labels->GetBufferPointer()[6], 20);
  EXPECT_EQ(opened.labels->GetBufferPointer()[7], 0);
  EXPECT_EQ(opened.endpoints.info.case_id, folder.filename());
  EXPECT_EQ(opened.result_sha256.size(), 64U);
  EXPECT_THAT(opened.inputs, ElementsAre(scan));
}

TEST_F(Finished, HandsTheLabelsOverBeforeTheScanIsRead) {
  std::string taken;
  const auto opened = open_case(folder, {}, context, [&](ledd::Labels& labels) {
    taken += std::to_string(labels.GetBufferPointer()[6]);
    labels.SetPixelContainer(ledd::Labels::PixelContainer::New());
  });
  EXPECT_EQ(taken, "20");
  EXPECT_THAT(opened.problems, IsEmpty());
  ASSERT_TRUE(opened.scan && opened.labels);
  EXPECT_EQ(opened.labels->GetBufferPointer(), nullptr);
  ledd::require_same_grid(*opened.scan, *opened.labels, "scan and labels");
  EXPECT_EQ(opened.structures.size(), open_case(folder, {}, context).structures.size());
}

TEST_F(Finished, SaysWhereTheScanWasAndFindsItElsewhere) {
  const Folder elsewhere;
  fs::rename(scan, elsewhere / "other name.nii.gz");
  const auto lost = open_case(folder, {}, context);
  EXPECT_FALSE(lost.scan);
  EXPECT_TRUE(lost.labels) << "the rest can still be looked at";
  EXPECT_THAT(lost.problems, ElementsAre(testing::AllOf(HasSubstr(scan.string()), HasSubstr("--images"))));
  const auto found = open_case(folder, {elsewhere.path()}, context);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_TRUE(found.scan);
}

TEST_F(Finished, AnotherScanUnderTheSameNameIsNotTakenForIt) {
  ledd::testing::write_scan(scan, 5);
  const auto opened = open_case(folder, {}, context);
  EXPECT_FALSE(opened.scan);
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("not there")));
}

TEST_F(Finished, DamagedLabelsAreAProblemAndNotTheEnd) {
  ledd::files::write_bytes("no image", folder / "labels.nii.gz");
  const auto opened = open_case(folder, {}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.problems, ElementsAre(HasSubstr("labels.nii.gz")));
}

TEST_F(Finished, LabelsThatWereChangedSinceAreNamedAndNotShown) {
  const auto labels = ledd::files::read_labels(folder / "labels.nii.gz");
  labels->GetBufferPointer()[9] = 21;
  ledd::files::write_labels(*labels, folder / "labels.nii.gz");
  const auto opened = open_case(folder, {}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_FALSE(opened.labels);
  EXPECT_THAT(opened.structures, IsEmpty());
  EXPECT_THAT(opened.problems,
              ElementsAre(testing::AllOf(HasSubstr("labels.nii.gz"), HasSubstr("run the pipeline again"))));
}

TEST_F(Finished, MissingFilesAreNamedEach) {
  fs::remove(folder / "labels.nii.gz");
  fs::remove(folder / "drawings.json");
  const auto opened = open_case(folder, {}, context);
  EXPECT_TRUE(opened.scan);
  EXPECT_THAT(opened.problems,
              testing::UnorderedElementsAre(HasSubstr("labels.nii.gz is missing"),
                                            HasSubstr("drawings.json is missing")));
}

TEST_F(Finished, StructuresHaveTheNamesAndColoursOfTheirLabels) {
  const auto opened = open_case(folder, {}, context);
  ASSERT_EQ(opened.structures.size(), 1U);
  EXPECT_EQ(opened.structures.begin()->first, 20);
  EXPECT_EQ(opened.structures.begin()->second.name, "L1");
  EXPECT_EQ(opened.structures.begin()->second.rgb, ledd::anatomy::find(20)->rgb);
}

TEST_F(Finished, AFolderThatIsNoCaseIsRefused) {
  EXPECT_THROW(open_case(output.path(), {}, context), Error);
}

TEST(Drawings, ComeBackOnceEach) {
  ledd::Outcome outcome;
  ledd::Figure figure;
  figure.name = "heights";
  figure.lines.push_back({{{1.25, -2.5, 3.0}, {4.0, 5.0, 6.0}}, {1, 2, 3}, "24.3", "L1 Ha 24.3 mm"});
  figure.lines.push_back({{{0, 0, 0}}, {9, 9, 9}, "bad \xff byte"});
  outcome.figures = {figure, figure};
  outcome.figures.back().name = "again";
  outcome.drawings = {figure.lines.front(), {{{7, 8, 9}}, {1, 1, 1}, "", "rod", "rods"}};
  const auto lines = ledd::cases::parse_drawings(ledd::cases::print_drawings(outcome)).lines;
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].points_lps_mm, figure.lines[0].points_lps_mm);
  EXPECT_EQ(lines[0].rgb, figure.lines[0].rgb);
  EXPECT_EQ(lines[0].text, "24.3");
  EXPECT_EQ(lines[0].about, "L1 Ha 24.3 mm");
  EXPECT_EQ(lines[0].group, "heights");
  EXPECT_EQ(lines[2].group, "rods");
  EXPECT_THROW(ledd::cases::parse_drawings("{\"lines\": 3}"), Error);
}

TEST(Drawings, SayWhatMapsAre) {
  ledd::Outcome outcome;
  outcome.maps["T2"] = nullptr;
  outcome.maps["change"] = nullptr;
  ledd::Figure figure;
  figure.colours = ledd::MapOverlay{"T2", {"T2", "ms", 10.0, 80.0}};
  outcome.figures = {figure};
  outcome.scales["change"] = {"change", "mm", -1.0, 1.0, ledd::ColourScale::Kind::kChange};
  outcome.scales["no such map"] = {"nothing", "mm", 0.0, 1.0};
  const auto scales = ledd::cases::parse_drawings(ledd::cases::print_drawings(outcome)).scales;
  ASSERT_EQ(scales.size(), 2U);
  EXPECT_EQ(scales.at("T2").unit, "ms");
  EXPECT_EQ(scales.at("T2").high, 80.0);
  EXPECT_EQ(scales.at("change").kind, ledd::ColourScale::Kind::kChange);
  EXPECT_THROW(
      ledd::cases::parse_drawings(
          R"({"lines": [], "maps": {"T2": {"quantity": "T2", "unit": "ms", "low": 1, "high": 1, "kind": "amount"}}})"),
      Error);
}

TEST(Drawings, OfAnEarlierVersionAreRead) {
  const auto drawings = ledd::cases::parse_drawings(
      R"({"format": 1, "lines": [{"points_lps_mm": [[1, 2, 3]], "rgb": [1, 2, 3], "text": "a"}]})");
  EXPECT_EQ(drawings.lines.size(), 1U);
  EXPECT_TRUE(drawings.scales.empty());
}

}  // namespace
