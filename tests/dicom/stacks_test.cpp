#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"

namespace ledd::dicom {
namespace {

using ::testing::AllOf;
using testing::Attribute;
using ::testing::Each;
using ::testing::Field;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Picture;
using testing::pictures;
using testing::Series;
using ::testing::SizeIs;

Index index_of(const Folder& folder, int threads = 2) {
  Context context({}, threads);
  return index({folder.path()}, context);
}

/// Writes the pictures, indexes them, and expects one stack that is refused.
std::string problem_of(const std::vector<Picture>& all) {
  const Folder folder;
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  EXPECT_THAT(found.stacks, SizeIs(1));
  EXPECT_THAT(found.files, SizeIs(all.size()));
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kRefused)));
  return found.stacks.empty() ? "no stack" : found.stacks[0].problem;
}

std::vector<Picture> with(unsigned which, const Attribute& attribute) {
  std::vector<Picture> all = pictures(testing::oblique_series());
  all[which].attributes.push_back(attribute);
  return all;
}

TEST(Stacks, SlicesAreSortedByPositionNotByFileName) {
  const Folder folder;
  const std::vector<Picture> all = pictures(testing::oblique_series());
  const std::vector<unsigned> order{2, 0, 3, 1};
  for (unsigned n = 0; n < 4; ++n) testing::write(all[order[n]], folder / ("f" + std::to_string(n)));
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(1));
  const Stack& stack = found.stacks[0];
  EXPECT_EQ(stack.problem, "");
  ASSERT_THAT(stack.slices, SizeIs(4));
  for (unsigned k = 0; k < 4; ++k) EXPECT_EQ(stack.slices[k].sop_instance_uid, all[k].sop_uid);
  EXPECT_THAT(found.files, Each(Field(&FileEntry::decision, Decision::kUsed)));
  EXPECT_THAT(found.files, Each(Field(&FileEntry::stack_id, stack.id)));
}

TEST(Stacks, SpacingComesFromPositionsNotFromSliceThickness) {
  const Folder folder;
  std::vector<Picture> all = pictures(testing::oblique_series());
  for (Picture& p : all) p.attributes = {{"SliceThickness", "3.5"}, {"SpacingBetweenSlices", "-9"}};
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_NEAR(found.stacks[0].slice_spacing_mm, 4.4, 1e-9);
  EXPECT_NEAR(found.stacks[0].pixel_spacing_mm[0], 0.3, 1e-12);
  EXPECT_NEAR(found.stacks[0].pixel_spacing_mm[1], 0.7, 1e-12);
}

TEST(Stacks, AGapNamesTheSliceAfterIt) {
  std::vector<Picture> all = pictures({.slices = 7});
  all.erase(all.begin() + 3);
  EXPECT_THAT(problem_of(all),
              AllOf(HasSubstr("0003.dcm: ImagePositionPatient (0020,0032) is '0\\0\\8'"),
                    HasSubstr("4.0000 mm from the slice before it"),
                    HasSubstr("2.0000 mm apart")));
}

TEST(Stacks, UnevennessWithinAHundredthIsAccepted) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 5});
  all[2].position_lps_mm[2] += 0.018;
  testing::write(all, folder.path());
  EXPECT_EQ(index_of(folder).stacks.at(0).problem, "");
  all[2].position_lps_mm[2] += 0.01;
  EXPECT_THAT(problem_of(all), HasSubstr("0002.dcm: ImagePositionPatient"));
}

TEST(Stacks, ShearedSlicesAreRefusedWithTheAngle) {
  std::vector<Picture> all = pictures({.slices = 5});
  for (unsigned k = 0; k < 5; ++k)
    all[k].position_lps_mm[1] += 2.0 * k * std::tan(10.0 * 3.14159265358979 / 180.0);
  EXPECT_THAT(problem_of(all),
              AllOf(HasSubstr("0001.dcm: ImagePositionPatient"), HasSubstr("of 10.00 degrees")));
}

TEST(Stacks, TwoImagesAtOnePositionAreRefused) {
  std::vector<Picture> all = pictures({.slices = 4});
  all.push_back(all[1]);
  all.back().sop_uid = "1.2.3.77";
  EXPECT_THAT(problem_of(all), AllOf(HasSubstr("0\\0\\2"), HasSubstr("the same position as")));
}

TEST(Stacks, OneSliceIsNoVolume) {
  EXPECT_THAT(problem_of(pictures({.slices = 1})), AllOf(HasSubstr("0000.dcm"), HasSubstr("only slice")));
}

TEST(Stacks, OneSliceTurnedTheOtherWayRefusesBoth) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 5});
  all[4].row_lps = {0, 1, 0};
  all[4].column_lps = {1, 0, 0};
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(2));
  for (const Stack& stack : found.stacks)
    EXPECT_THAT(
        stack.problem,
        AllOf(HasSubstr("0004.dcm: ImageOrientationPatient (0020,0037)"), HasSubstr("mixed orientations")));
}

TEST(Stacks, TwoOrientationsOfOneSeriesAreTwoStacks) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  const std::vector<Picture> turned = pictures({.slices = 3, .row_lps = {0, 1, 0}, .column_lps = {0, 0, -1}});
  for (unsigned k = 0; k < 3; ++k) {
    all.push_back(turned[k]);
    all.back().sop_uid += ".5";
  }
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(2));
  EXPECT_THAT(found.stacks, Each(Field(&Stack::problem, IsEmpty())));
  EXPECT_NE(found.stacks[0].id, found.stacks[1].id);
}

TEST(Stacks, BadGeometryNamesFileTagAndValue) {
  EXPECT_THAT(problem_of(with(2, {"ImagePositionPatient", "1\\nan\\3"})),
              HasSubstr("0002.dcm: ImagePositionPatient (0020,0032) is '1\\nan\\3'; three finite numbers"));
  EXPECT_THAT(problem_of(with(1, {"ImagePositionPatient", "1\\inf\\1e400"})), HasSubstr("1\\inf\\1e400"));
  EXPECT_THAT(problem_of(with(0, {"PixelSpacing", "-1\\0.5"})),
              HasSubstr("PixelSpacing (0028,0030) is '-1\\0.5'"));
  EXPECT_THAT(problem_of(with(3, {"PixelSpacing", "0\\0"})),
              HasSubstr("0003.dcm: PixelSpacing (0028,0030) is '0\\0'"));
  EXPECT_THAT(problem_of(with(1, {"ImageOrientationPatient", "1\\0\\0\\1\\0\\0"})), HasSubstr("right angle"));
  EXPECT_THAT(problem_of(with(1, {"ImageOrientationPatient", "2\\0\\0\\0\\1\\0"})),
              HasSubstr("unit vectors"));
  EXPECT_THAT(problem_of(with(1, {"PixelSpacing", "one\\two"})), HasSubstr("'one\\two'"));
}

TEST(Stacks, MissingTagsRefuseTheirSeries) {
  for (const char* name : {"ImagePositionPatient",
                           "ImageOrientationPatient",
                           "PixelSpacing",
                           "Rows",
                           "Columns",
                           "BitsStored",
                           "PixelRepresentation",
                           "PixelData",
                           "SOPInstanceUID"})
    EXPECT_THAT(problem_of(with(3, {name, "-"})),
                AllOf(HasSubstr("0003.dcm: " + std::string(name)), HasSubstr("missing")))
        << name;
}

TEST(Stacks, BadRescaleIsRefused) {
  EXPECT_THAT(problem_of(with(1, {"RescaleSlope", "0"})), HasSubstr("RescaleSlope (0028,1053) is '0'"));
  EXPECT_THAT(problem_of(with(1, {"RescaleIntercept", "nan"})),
              HasSubstr("RescaleIntercept (0028,1052) is 'nan'"));
}

TEST(Stacks, ColourAndMosaicAreRefused) {
  EXPECT_THAT(problem_of(with(1, {"PhotometricInterpretation", "RGB"})), HasSubstr("is 'RGB'"));
  EXPECT_THAT(problem_of(with(0, {"ImageType", "ORIGINAL\\PRIMARY\\M\\MOSAIC"})), HasSubstr("mosaic"));
}

TEST(Stacks, ASliceWithoutGeometryAmongOthersRefusesTheSeries) {
  std::vector<Picture> all = with(3, {"ImagePositionPatient", "-"});
  all[3].attributes.push_back({"ImageOrientationPatient", "-"});
  EXPECT_THAT(problem_of(all), HasSubstr("though other images of its series have them"));
}

TEST(Stacks, EchoesOfOneSeriesAreStacks) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  for (unsigned k = 0; k < 3; ++k) {
    all.push_back(all[k]);
    all.back().sop_uid += ".2";
    all[k].attributes = {{"EchoNumbers", "1"}, {"EchoTime", "10"}};
    all.back().attributes = {{"EchoNumbers", "2"}, {"EchoTime", "20"}};
  }
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(2));
  EXPECT_THAT(found.stacks, Each(AllOf(Field(&Stack::problem, IsEmpty()), Field(&Stack::slices, SizeIs(3)))));
  EXPECT_EQ(found.stacks[0].echo_time_ms, 10.0);
  EXPECT_EQ(found.stacks[1].echo_time_ms, 20.0);
}

TEST(Stacks, RepeatedPositionsAreSplitByWhatDiffers) {
  const std::vector<std::pair<std::string, std::string>> names{{"TemporalPositionIdentifier", "1"},
                                                               {"AcquisitionNumber", "7"},
                                                               {"FlipAngle", "15"},
                                                               {"ImageType", "A\\B\\W"}};
  for (const auto& [name, value] : names) {
    const Folder folder;
    std::vector<Picture> all = pictures({.slices = 3});
    for (unsigned k = 0; k < 3; ++k) {
      all.push_back(all[k]);
      all.back().sop_uid += ".2";
      all.back().attributes = {{name, value}};
    }
    testing::write(all, folder.path());
    const Index found = index_of(folder);
    ASSERT_THAT(found.stacks, SizeIs(2)) << name;
    EXPECT_THAT(found.stacks,
                Each(AllOf(Field(&Stack::problem, IsEmpty()), Field(&Stack::slices, SizeIs(3)))));
  }
}

TEST(Stacks, SpoilerOfADessIsReadWhereItsCreatorIsNamed) {
  for (const bool by_ge : {true, false}) {
    const Folder folder;
    std::vector<Picture> all = pictures({.slices = 3});
    for (Picture& one : all)
      one.attributes = {{"0019,0010", by_ge ? "GEMS_ACQU_01" : "SOMEBODY ELSE"},
                        {"0019,10b6", "3132.0"},
                        {"0019,10b7", "1760.0"}};
    testing::write(all, folder.path());
    const Index found = index_of(folder);
    ASSERT_THAT(found.stacks, SizeIs(1));
    EXPECT_EQ(found.stacks[0].spoiler_area_g_us_per_cm, by_ge ? std::optional(3132.0) : std::nullopt);
    EXPECT_EQ(found.stacks[0].spoiler_us, by_ge ? std::optional(1760.0) : std::nullopt);
  }
}

TEST(Stacks, AcquisitionNumbersAloneDoNotSplit) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 4});
  for (unsigned k = 0; k < 4; ++k) all[k].attributes = {{"AcquisitionNumber", std::to_string(k % 2)}};
  testing::write(all, folder.path());
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_EQ(found.stacks[0].problem, "");
}

TEST(Stacks, OtherSeriesGoOnBesideABrokenOne) {
  const Folder folder;
  testing::write(pictures({.slices = 3, .uid = "1.2.3.50"}), folder.path());
  testing::write(with(1, {"PixelSpacing", "-1\\-1"})[1], folder / "bad.dcm");
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(2));
  const bool first_is_good = found.stacks[0].series_uid == "1.2.3.50";
  EXPECT_EQ(found.stacks[first_is_good ? 0 : 1].problem, "");
  EXPECT_THAT(found.stacks[first_is_good ? 1 : 0].problem, HasSubstr("PixelSpacing"));
}

TEST(Stacks, EnhancedFramesWithTwoEchoesAndTwoTimesAreFourStacks) {
  const Folder folder;
  testing::Enhanced enhanced;
  for (int time = 1; time <= 2; ++time)
    for (const double echo : {10.0, 20.0})
      for (const Picture& p : pictures(testing::oblique_series())) {
        enhanced.frames.push_back(p);
        enhanced.echo_ms.push_back(echo);
        enhanced.temporal_index.push_back(time);
      }
  testing::write(enhanced, folder / "enhanced.dcm");
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(4));
  EXPECT_THAT(found.stacks, Each(AllOf(Field(&Stack::problem, IsEmpty()), Field(&Stack::slices, SizeIs(4)))));
  EXPECT_EQ(found.stacks[0].echo_time_ms, 10.0);
  EXPECT_EQ(found.stacks[3].echo_time_ms, 20.0);
}

TEST(Stacks, AnEnhancedObjectWithFewerGroupsThanFramesIsRefused) {
  const Folder folder;
  testing::Enhanced enhanced{.frames = pictures(testing::oblique_series())};
  enhanced.frames[0].attributes = {{"NumberOfFrames", "3"}};
  testing::write(enhanced, folder / "enhanced.dcm");
  const Index found = index_of(folder);
  ASSERT_THAT(found.stacks, SizeIs(1));
  EXPECT_THAT(found.stacks[0].problem,
              HasSubstr("PerFrameFunctionalGroupsSequence (5200,9230) is '4 items'"));
}

TEST(Stacks, IdsDependOnContentNotOnFileNames) {
  const Folder first;
  const Folder second;
  const std::vector<Picture> all = pictures(testing::oblique_series());
  testing::write(all, first.path());
  for (unsigned k = 0; k < 4; ++k) testing::write(all[3 - k], second / ("z" + std::to_string(k)));
  EXPECT_EQ(index_of(first).stacks.at(0).id, index_of(second).stacks.at(0).id);
}

}  // namespace
}  // namespace ledd::dicom
