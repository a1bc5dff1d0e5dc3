#include <gmock/gmock.h>

#include <map>
#include <string>

#include "ledd/core/error.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"

#include "realdata.h"

/// Objects that another program wrote: dcmqi's published samples. Numbers of voxels were counted with
/// pydicom.
namespace ledd::dicom_results {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSamples = "dicom-tricky/dcmqi_seg_sr";

std::filesystem::path sample(const std::string& name) {
  return realdata() / kSamples / name;
}

/// Labelled voxels by slice.
std::map<long, std::size_t> voxels_of(const Labels& labels) {
  std::map<long, std::size_t> count;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (labels.GetBufferPointer()[n] != 0) ++count[labels.ComputeIndex(static_cast<long>(n))[2]];
  return count;
}

dicom::Stack stack_of(const std::string& folder) {
  Context context;
  return dicom::index({sample(folder)}, context).stacks.at(0);
}

std::string error_of(const std::filesystem::path& path, const SegmentIds& ids) {
  try {
    parse_segmentation(path, nullptr, ids);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "no error";
}

TEST(RealSegmentations, FramesThatEndWithinAByteAreReadOntoTheirSeries) {
  LEDD_NEEDS_REALDATA(kSamples);
  const std::map<long, std::size_t> wanted{{0, 4}, {1, 314}, {2, 4}};
  for (const std::string source : {"image", "multiframe"}) {
    const dicom::Stack stack = stack_of("segmentations/23x38x3/" + source);
    ASSERT_EQ(stack.problem, "");
    const auto path = sample("segmentations/23x38x3/seg/label.seg");
    EXPECT_EQ(voxels_of(*parse_segmentation(path, &stack, {{"Liver", 20}}).labels), wanted) << source;
  }
  const auto path = sample("segmentations/23x38x3/seg/label.seg");
  EXPECT_EQ(voxels_of(*parse_segmentation(path, nullptr, {{"1", 20}}).labels), wanted);
}

TEST(RealSegmentations, AnUnknownSegmentIsNamedAndRefused) {
  LEDD_NEEDS_REALDATA(kSamples);
  EXPECT_THAT(error_of(sample("segmentations/24x38x3/seg/label.seg"), {}),
              HasSubstr("segment 1 'Liver' with category"));
}

TEST(RealSegmentations, AnotherSeriesIsRefused) {
  LEDD_NEEDS_REALDATA(kSamples);
  const dicom::Stack stack = stack_of("segmentations/24x38x3/image");
  EXPECT_THROW(parse_segmentation(sample("segmentations/23x38x3/seg/label.seg"), &stack, {{"1", 20}}), Error);
}

TEST(RealSegmentations, OverlappingSegmentsAreRefusedAndPartsOfThemRead) {
  LEDD_NEEDS_REALDATA(kSamples);
  const auto path = sample("segmentations/partial_overlaps.dcm");
  EXPECT_THAT(error_of(path, {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4}, {"5", 5}}), HasSubstr("share"));
  const ReadSegmentation one =
      parse_segmentation(path, nullptr, {{"1", 1}, {"2", 0}, {"3", 0}, {"4", 0}, {"5", 0}});
  EXPECT_EQ(voxels_of(*one.labels), (std::map<long, std::size_t>{{1, 9602}}));
  EXPECT_EQ(one.maker, Maker::kManual);
}

TEST(RealSegmentations, SparseLabelMapsKeepTheirGap) {
  LEDD_NEEDS_REALDATA(kSamples);
  for (const std::string name : {"sparse-labelmap-noppv.dcm", "sparse-labelmap-ppv5.dcm"}) {
    const ReadSegmentation back = parse_segmentation(sample("segmentations/" + name), nullptr, {{"1", 20}});
    EXPECT_EQ(voxels_of(*back.labels), (std::map<long, std::size_t>{{0, 315}, {2, 315}})) << name;
    EXPECT_EQ(back.labels->GetSpacing()[2], 2.5);
  }
}

TEST(RealSegmentations, ASegmentOfAPetScanSpansItsOwnGrid) {
  LEDD_NEEDS_REALDATA(kSamples);
  const ReadSegmentation back = parse_segmentation(sample("sr-example/seg.dcm"), nullptr, {{"1", 20}});
  std::size_t sum = 0;
  for (const auto& [slice, count] : voxels_of(*back.labels)) sum += count;
  EXPECT_EQ(sum, 795U);
  EXPECT_EQ(back.labels->GetLargestPossibleRegion().GetSize()[2], 13U);
}

TEST(RealReports, NumbersOfAnotherProgramAreReadWithTheirNames) {
  LEDD_NEEDS_REALDATA(kSamples);
  const ReadMeasurementReport report = parse_measurement_report(sample("sr-example/sr.dcm"));
  ASSERT_FALSE(report.measurements.empty());
  const ReadMeasurement& mean = report.measurements.front();
  EXPECT_EQ(mean.measurement.endpoint, "SUVbw");
  EXPECT_EQ(mean.measurement.statistic, "mean");
  EXPECT_EQ(mean.measurement.value, 6.01529);
  EXPECT_EQ(mean.measurement.unit, "{SUVbw}g/ml");
  EXPECT_EQ(mean.segment, 1U);
  EXPECT_EQ(report.notes.size(), 1U);
}

}  // namespace
}  // namespace ledd::dicom_results
