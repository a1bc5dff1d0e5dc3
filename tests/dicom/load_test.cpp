#include <gmock/gmock.h>

#include <cmath>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"

namespace ledd::dicom {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using testing::Picture;
using testing::pictures;
using testing::Series;
using ::testing::SizeIs;
using testing::Syntax;

Volume::Pointer load_only(const Folder& folder, int threads = 2) {
  Context context({}, threads);
  const Index found = index({folder.path()}, context);
  EXPECT_THAT(found.stacks, SizeIs(1));
  return load(found.stacks.at(0), context);
}

Volume::Pointer load_pictures(const std::vector<Picture>& all) {
  const Folder folder;
  testing::write(all, folder.path());
  return load_only(folder);
}

float at(const Volume& volume, long i, long j, long k) {
  return volume.GetPixel({{i, j, k}});
}

/// Every voxel is 100 k + 10 j + i, as the writer makes them.
void expect_counting(const Volume& volume, double slope = 1.0, double intercept = 0.0) {
  const auto size = volume.GetBufferedRegion().GetSize();
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i)
        ASSERT_EQ(at(volume, i, j, k),
                  static_cast<float>(slope * static_cast<double>(100 * k + 10 * j + i) + intercept));
}

TEST(Load, VoxelsAndAffineOfAnObliqueSeries) {
  const Series series = testing::oblique_series();
  const Volume::Pointer volume = load_pictures(pictures(series));
  expect_counting(*volume);
  // Centre of voxel (i, j, k) = start + 0.3 i (0.6, 0.8, 0) + 0.7 j (0, 0, -1) + 4.4 k (-0.8, 0.6, 0).
  const Volume::IndexType index{{2, 3, 1}};
  Volume::PointType point;
  volume->TransformIndexToPhysicalPoint(index, point);
  EXPECT_NEAR(point[0], -31.25 + 0.3 * 2 * 0.6 - 4.4 * 0.8, 1e-9);
  EXPECT_NEAR(point[1], 17.5 + 0.3 * 2 * 0.8 + 4.4 * 0.6, 1e-9);
  EXPECT_NEAR(point[2], 42.125 - 0.7 * 3, 1e-9);
  EXPECT_NEAR(volume->GetSpacing()[2], 4.4, 1e-9);
}

TEST(Load, OrderOfFileNamesDoesNotMatter) {
  const Folder folder;
  const std::vector<Picture> all = pictures(testing::oblique_series());
  for (unsigned n = 0; n < 4; ++n) testing::write(all[(n * 3 + 2) % 4], folder / ("f" + std::to_string(n)));
  expect_counting(*load_only(folder));
}

TEST(Load, EveryTransferSyntaxGivesTheSameVoxels) {
  for (const Syntax syntax : {Syntax::kExplicit,
                              Syntax::kImplicit,
                              Syntax::kBigEndian,
                              Syntax::kDeflated,
                              Syntax::kJpegLs,
                              Syntax::kJpegLossless,
                              Syntax::kRle}) {
    std::vector<Picture> all = pictures(testing::oblique_series());
    for (Picture& p : all) p.syntax = syntax;
    SCOPED_TRACE(static_cast<int>(syntax));
    expect_counting(*load_pictures(all));
  }
}

TEST(Load, EightBitsInEverySyntax) {
  for (const Syntax syntax :
       {Syntax::kExplicit, Syntax::kImplicit, Syntax::kBigEndian, Syntax::kJpegLs, Syntax::kRle}) {
    Series series = testing::oblique_series();
    series.slices = 2;
    std::vector<Picture> all = pictures(series);
    for (Picture& p : all) {
      p.bits_allocated = p.bits_stored = 8;
      p.syntax = syntax;
    }
    SCOPED_TRACE(static_cast<int>(syntax));
    expect_counting(*load_pictures(all));
  }
}

TEST(Load, SlopeAndInterceptAreAppliedPerSlice) {
  std::vector<Picture> all = pictures(testing::oblique_series());
  for (Picture& p : all) p.attributes = {{"RescaleSlope", "2.5"}, {"RescaleIntercept", "-1024"}};
  expect_counting(*load_pictures(all), 2.5, -1024);
  all[2].attributes = {{"RescaleSlope", "3"}, {"RescaleIntercept", "1"}};
  const Volume::Pointer volume = load_pictures(all);
  EXPECT_EQ(at(*volume, 4, 3, 2), 3.0F * 234.0F + 1.0F);
  EXPECT_EQ(at(*volume, 4, 3, 1), 2.5F * 134.0F - 1024.0F);
}

TEST(Load, SignedPixelsKeepTheirSign) {
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all) {
    p.is_signed = true;
    p.words[0] = 0xFFFF;
    p.words[1] = 0x8000;
    p.words[2] = 0x7FFF;
  }
  const Volume::Pointer volume = load_pictures(all);
  EXPECT_EQ(at(*volume, 0, 0, 1), -1.0F);
  EXPECT_EQ(at(*volume, 1, 0, 1), -32768.0F);
  EXPECT_EQ(at(*volume, 2, 0, 1), 32767.0F);
}

TEST(Load, BitsAboveBitsStoredAreDropped) {
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all) {
    p.bits_stored = 12;
    for (std::uint16_t& word : p.words) word = static_cast<std::uint16_t>(word | 0xA000U);
  }
  expect_counting(*load_pictures(all));
  for (Picture& p : all) {
    p.is_signed = true;
    p.words[0] = 0x0FFF;
    p.words[1] = 0xF7FF;
  }
  const Volume::Pointer volume = load_pictures(all);
  EXPECT_EQ(at(*volume, 0, 0, 0), -1.0F);
  EXPECT_EQ(at(*volume, 1, 0, 0), 2047.0F);
}

TEST(Load, HighBitShiftsTheStoredValue) {
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all) {
    p.bits_stored = 12;
    for (std::uint16_t& word : p.words) word = static_cast<std::uint16_t>((word << 4U) | 5U);
    p.attributes = {{"HighBit", "15"}};
  }
  expect_counting(*load_pictures(all));
}

TEST(Load, EnhancedMultiFrameGivesTheSameVolumeAsSingleFrames) {
  const std::vector<Picture> all = pictures(testing::oblique_series());
  for (const Syntax syntax : {Syntax::kExplicit, Syntax::kJpegLs}) {
    const Folder folder;
    testing::Enhanced enhanced{.frames = {all[2], all[0], all[3], all[1]}};
    enhanced.frames[0].syntax = syntax;
    testing::write(enhanced, folder / "enhanced.dcm");
    const Volume::Pointer volume = load_only(folder);
    expect_counting(*volume);
    EXPECT_NO_THROW(require_same_grid(*volume, *load_pictures(all), "enhanced and single frames"));
  }
}

TEST(Load, EnhancedFramesHaveTheirOwnSlope) {
  const Folder folder;
  testing::Enhanced enhanced{.frames = pictures(testing::oblique_series()), .slopes = {1, 2, 3, 4}};
  testing::write(enhanced, folder / "enhanced.dcm");
  const Volume::Pointer volume = load_only(folder);
  for (long k = 0; k < 4; ++k) EXPECT_EQ(at(*volume, 1, 2, k), static_cast<float>((k + 1) * (100 * k + 21)));
}

TEST(Load, NumberOfThreadsChangesNoByte) {
  const Folder folder;
  testing::write(pictures({.slices = 20, .columns = 33, .rows = 17}), folder.path());
  const Volume::Pointer one = load_only(folder, 1);
  const Volume::Pointer two = load_only(folder, 2);
  require_same_grid(*one, *two, "one and two threads");
  const std::size_t count = one->GetBufferedRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(one->GetBufferPointer(), one->GetBufferPointer() + count, two->GetBufferPointer()));
}

std::string error_of(const Stack& stack) {
  Context context({}, 2);
  try {
    load(stack, context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "no error";
}

TEST(Load, AStackWithAProblemIsRefusedWithIt) {
  Stack stack;
  stack.problem = "the reason";
  EXPECT_EQ(error_of(stack), "the reason");
  EXPECT_THAT(error_of(Stack{}), HasSubstr("fewer than two"));
}

TEST(Load, FilesThatChangedSinceTheyWereIndexedAreRefused) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  testing::write(all, folder.path());
  Context context;
  const Index found = index({folder.path()}, context);
  all[1].position_lps_mm[0] += 1.0;
  testing::write(all[1], folder / "0001.dcm");
  EXPECT_THAT(error_of(found.stacks.at(0)), HasSubstr("0001.dcm: is not the image that was indexed"));
  std::filesystem::remove(folder / "0001.dcm");
  EXPECT_THAT(error_of(found.stacks.at(0)), HasSubstr("0001.dcm: cannot be opened"));
}

TEST(Load, CorruptCompressedPixelsAreRefused) {
  const Folder folder;
  std::vector<Picture> all = pictures({.slices = 3});
  for (Picture& p : all) p.syntax = Syntax::kJpegLs;
  testing::write(all, folder.path());
  std::string bytes = testing::read_bytes(folder / "0001.dcm");
  const std::size_t stream = bytes.find("\xFF\xD8\xFF");
  ASSERT_NE(stream, std::string::npos);
  bytes[stream + 2] = '\0';
  testing::write_bytes(folder / "0001.dcm", bytes);
  Context context;
  EXPECT_THAT(error_of(index({folder.path()}, context).stacks.at(0)),
              ::testing::AllOf(HasSubstr("0001.dcm"), HasSubstr("PixelData (7fe0,0010)")));
}

TEST(Load, ValuesBeyondFloatAreRefused) {
  std::vector<Picture> all = pictures({.slices = 2});
  for (Picture& p : all) p.attributes = {{"RescaleSlope", "1e300"}};
  const Folder folder;
  testing::write(all, folder.path());
  Context context;
  EXPECT_THAT(error_of(index({folder.path()}, context).stacks.at(0)), HasSubstr("not finite"));
}

}  // namespace
}  // namespace ledd::dicom
