// What a case leaves as DICOM, and a corrected segmentation on its way back.
#include <gmock/gmock.h>

#include "ledd/dicom/dicom.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"

#include "program.h"

namespace {

using ledd::Context;
using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;
namespace results = ledd::dicom_results;

struct DicomResults : testing::Test {
  Folder in, out;

  Ended run(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"run", "threshold", in.path().string(), "-o", (out / "r").string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  std::vector<fs::path> cases() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(out / "r" / "cases")) all.push_back(entry.path());
    return all;
  }
  ledd::dicom::Stack stack_of(const std::string& series_uid) const {
    Context context;
    for (const auto& stack : ledd::dicom::index({in.path()}, context).stacks)
      if (stack.series_uid == series_uid) return stack;
    throw std::runtime_error("no such series");
  }
  /// The case's segmentation with one voxel of L3 more, as a reader's tool would write it.
  fs::path corrected(const fs::path& folder, const std::string& series_uid = "1.2.3.1") const {
    const auto stack = stack_of(series_uid);
    const auto labels = ledd::files::read_labels(folder / "labels.nii.gz");
    labels->GetBufferPointer()[3] = 22;
    const auto file = results::segmentation(
        *labels,
        {.source = &stack, .pipeline = "threshold", .version = "1", .maker = results::Maker::kManual});
    ledd::files::write_bytes(file.bytes, out / "corrected.dcm");
    return out / "corrected.dcm";
  }
};

TEST_F(DicomResults, ACaseHasSegmentationReportAndSummaryThatAgreeWithItsTables) {
  write_series(in.path(), sagittal_series());
  const Ended ended = run();
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const fs::path folder = cases().at(0);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : tree(folder / "dicom", true)) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("seg.dcm", "sr.dcm", "summary.dcm"));
  const auto stack = stack_of("1.2.3.1");
  const auto read = results::parse_segmentation(folder / "dicom" / "seg.dcm", &stack);
  const auto labels = ledd::files::read_labels(folder / "labels.nii.gz");
  const auto count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(
      labels->GetBufferPointer(), labels->GetBufferPointer() + count, read.labels->GetBufferPointer()));
  EXPECT_EQ(read.maker, results::Maker::kAutomatic);
  const auto report = results::parse_measurement_report(folder / "dicom" / "sr.dcm");
  ASSERT_THAT(report.measurements, SizeIs(1));
  EXPECT_EQ(report.measurements[0].measurement.region, "L1");
  EXPECT_EQ(report.measurements[0].measurement.value, 150.0);
  EXPECT_EQ(report.measurements[0].segmentation_uid, read.sop_instance_uid);
}

TEST_F(DicomResults, ARerunWritesTheSameBytes) {
  write_series(in.path(), sagittal_series());
  run();
  const auto first = tree(cases().at(0) / "dicom", true);
  EXPECT_EQ(run({"--force"}).exit, 0);
  EXPECT_EQ(tree(cases().at(0) / "dicom", true), first);
}

TEST_F(DicomResults, ACorrectedSegmentationReplacesTheAutomaticOneAndIsMeasured) {
  write_series(in.path(), sagittal_series());
  run();
  const fs::path folder = cases().at(0);
  const auto stack = stack_of("1.2.3.1");
  const auto before = results::parse_segmentation(folder / "dicom" / "seg.dcm", &stack);
  const Ended ended = run({"--labels", corrected(folder).string()});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(cases(), ElementsAre(folder));
  EXPECT_THAT(::ledd::files::read_bytes(out / "r" / "endpoints.csv"), HasSubstr(",L3,Vol,value,1.5,mm3"));
  const auto after = results::parse_segmentation(folder / "dicom" / "seg.dcm", &stack);
  EXPECT_EQ(after.maker, results::Maker::kManual);
  EXPECT_NE(after.sop_instance_uid, before.sop_instance_uid);
  EXPECT_EQ(after.segments.at(0).tracking_uid, before.segments.at(0).tracking_uid);
  EXPECT_THAT(tree(out / "r" / "superseded", true), SizeIs(12));  // the automatic result, whole
}

TEST_F(DicomResults, ASegmentationFindsTheSeriesThatItWasDrawnOn) {
  write_series(in / "a", sagittal_series("1.2.3.1"), {{"StudyInstanceUID", "1.2.9.1"}});
  write_series(in / "b", sagittal_series("1.2.3.2"), {{"StudyInstanceUID", "1.2.9.2"}});
  ASSERT_EQ(run().exit, 0);
  fs::path second;
  for (const fs::path& folder : cases()) {
    const auto stack = stack_of("1.2.3.2");
    if (results::parse_segmentation_series(folder / "dicom" / "seg.dcm").at(0) == "1.2.3.2") second = folder;
  }
  const Ended ended = run({"--labels", corrected(second, "1.2.3.2").string(), "--json"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  for (const auto& line : json_lines(ended.out)) {
    if (line["type"] == "case") {
      EXPECT_EQ(line["case_id"], second.filename().string());
    }
  }
  fs::remove_all(in / "b");
  EXPECT_EQ(run({"--labels", (out / "corrected.dcm").string()}).exit, 65);
}

TEST_F(DicomResults, SegmentsOfAnotherToolAreNamedByAMap) {
  write_series(in.path(), sagittal_series());
  run();
  const fs::path file = corrected(cases().at(0));
  ::ledd::files::write_bytes("[labels]\n\"L1: L1 vertebral body\" = \"L4\"\n2 = 0\n", out / "map.toml");
  const Ended ended = run({"--labels", file.string(), "--label-scheme", (out / "map.toml").string()});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(::ledd::files::read_bytes(out / "r" / "endpoints.csv"), HasSubstr(",L4,Vol,"));
  EXPECT_EQ(run({"--labels", file.string(), "--label-scheme", "verse"}).exit, 2);
}

TEST_F(DicomResults, InspectPrintsWhatSegmentationsAndReportsHold) {
  write_series(in.path(), sagittal_series());
  run();
  const std::string folder = (cases().at(0) / "dicom").string();
  const std::string said = ledd({"inspect", folder, "--contents"}).out;
  EXPECT_THAT(said, HasSubstr("segment 1: L1: L1 vertebral body, id 20"));
  EXPECT_THAT(said, HasSubstr("L1 Vol value: 150 mm3"));
  double value = 0.0;
  for (const auto& line : json_lines(ledd({"inspect", folder, "--contents", "--json"}).out))
    if (line["type"] == "measurement") value = line["value"];
  EXPECT_EQ(value, 150.0);
  EXPECT_THAT(ledd({"inspect", folder}).out, Not(HasSubstr("segment 1")));
}

TEST_F(DicomResults, WhatIsNoSegmentationIsRefusedBeforeAnyWork) {
  write_series(in.path(), sagittal_series());
  ::ledd::files::write_bytes("no DICOM", out / "text.dcm");
  EXPECT_EQ(run({"--labels", (out / "text.dcm").string()}).exit, 65);
  EXPECT_EQ(run({"--labels", (in / "0000.dcm").string()}).exit, 65);
  EXPECT_FALSE(fs::exists(out / "r"));
}

}  // namespace
