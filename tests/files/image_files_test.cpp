#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "phantom.h"
#include "realdata.h"

namespace ledd::files {
namespace {

using ::testing::HasSubstr;

/// Turned about two axes, and off centre.
template <class Image>
void place(Image& image, double turn_deg) {
  const double a = turn_deg * M_PI / 180.0;
  const double b = 0.4 * a;
  typename Image::DirectionType x;
  typename Image::DirectionType z;
  x.SetIdentity();
  z.SetIdentity();
  x(1, 1) = x(2, 2) = std::cos(a);
  x(1, 2) = -std::sin(a);
  x(2, 1) = std::sin(a);
  z(0, 0) = z(1, 1) = std::cos(b);
  z(0, 1) = -std::sin(b);
  z(1, 0) = std::sin(b);
  image.SetDirection(typename Image::DirectionType(x * z));
  const std::array<double, 3> origin_mm{-101.25, 33.3333, 417.7};
  image.SetOrigin(origin_mm.data());
}

template <class Image>
typename Image::Pointer sample(double turn_deg) {
  auto image = phantom::blank<Image>({7, 5, 4}, {0.35, 0.8, 4.4}, 0);
  place(*image, turn_deg);
  for (std::size_t n = 0; n < 140; ++n)
    image->GetBufferPointer()[n] = static_cast<typename Image::PixelType>(n * n * 3 + n % 7);
  return image;
}

template <class Image>
void expect_same(const Image& a, const Image& b, double tolerance_mm = 1e-4) {
  ASSERT_EQ(a.GetLargestPossibleRegion(), b.GetLargestPossibleRegion());
  for (std::size_t n = 0; n < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    ASSERT_EQ(a.GetBufferPointer()[n], b.GetBufferPointer()[n]) << n;
  const auto size = a.GetLargestPossibleRegion().GetSize();
  for (const long far : {0L, 1L}) {
    typename Image::IndexType index;
    for (unsigned axis = 0; axis < 3; ++axis) index[axis] = far * (static_cast<long>(size[axis]) - 1);
    typename Image::PointType p;
    typename Image::PointType q;
    a.TransformIndexToPhysicalPoint(index, p);
    b.TransformIndexToPhysicalPoint(index, q);
    EXPECT_LE(p.EuclideanDistanceTo(q), tolerance_mm);
  }
}

template <class Body>
void expect_refused(Errc code, const std::string& words, const Body& body) {
  try {
    body();
    ADD_FAILURE() << "accepted; expected: " << words;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_THAT(e.what(), HasSubstr(words));
  }
}

/// A copy of a NIfTI-1 file (not compressed) with `value` at byte `offset`.
template <class T>
void poke(const std::filesystem::path& path, std::size_t offset, T value) {
  std::string bytes = read_bytes(path);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  write_bytes(bytes, path);
}

class ImageFile : public ::testing::TestWithParam<std::string> {
 protected:
  Folder folder_;
};

TEST_P(ImageFile, AVolumeComesBackVoxelForVoxelInItsPlace) {
  for (const double turn_deg : {0.0, 20.0, -40.0, 160.0}) {
    const auto volume = sample<Volume>(turn_deg);
    write_volume(*volume, folder_ / ("scan" + GetParam()));
    expect_same(*volume, *read_volume(folder_ / ("scan" + GetParam())));
  }
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_P(ImageFile, LabelsComeBackVoxelForVoxelInTheirPlace) {
  for (const double turn_deg : {0.0, 35.0}) {
    const auto labels = sample<Labels>(turn_deg);
    write_labels(*labels, folder_ / ("labels" + GetParam()));
    expect_same(*labels, *read_labels(folder_ / ("labels" + GetParam())));
  }
}

TEST_P(ImageFile, AMirroredGridComesBackMirrored) {
  const auto volume = sample<Volume>(15.0);
  auto direction = volume->GetDirection();
  for (unsigned row = 0; row < 3; ++row) direction(row, 2) *= -1.0;
  volume->SetDirection(direction);
  write_volume(*volume, folder_ / ("scan" + GetParam()));
  expect_same(*volume, *read_volume(folder_ / ("scan" + GetParam())));
}

TEST_P(ImageFile, DirectionCosinesOfSixDigitsAsInDicomAreAccepted) {
  const auto volume = phantom::blank<Volume>({384, 384, 3}, {0.8, 0.8, 4.0}, 1.0F);
  place(*volume, 23.0);
  auto direction = volume->GetDirection();
  for (unsigned row = 0; row < 3; ++row)
    for (unsigned column = 0; column < 3; ++column)
      direction(row, column) = std::round(direction(row, column) * 1e6) / 1e6;
  volume->SetDirection(direction);
  write_volume(*volume, folder_ / ("scan" + GetParam()));
  expect_same(*volume, *read_volume(folder_ / ("scan" + GetParam())), 5e-4);
}

TEST_P(ImageFile, ASingleSliceComesBackInItsPlace) {
  const auto volume = phantom::blank<Volume>({6, 5, 1}, {0.5, 0.7, 4.0}, 3.0F);
  place(*volume, 20.0);
  write_volume(*volume, folder_ / ("scan" + GetParam()));
  expect_same(*volume, *read_volume(folder_ / ("scan" + GetParam())));
}

TEST_P(ImageFile, WritingTwiceGivesTheSameBytes) {
  const auto volume = sample<Volume>(20.0);
  write_volume(*volume, folder_ / ("a" + GetParam()));
  ::sleep(1);  // a time stamp in seconds would show
  write_volume(*volume, folder_ / ("b" + GetParam()));
  EXPECT_EQ(sha256_of_file(folder_ / ("a" + GetParam())), sha256_of_file(folder_ / ("b" + GetParam())));
}

TEST_P(ImageFile, AFileCutOffIsRefused) {
  auto volume = phantom::blank<Volume>({40, 40, 40}, {1.0, 1.0, 1.0}, 0.0F);
  for (std::size_t n = 0; n < 64000; ++n)
    volume->GetBufferPointer()[n] = static_cast<float>(n * 2654435761U % 65521);
  const auto path = folder_ / ("scan" + GetParam());
  write_volume(*volume, path);
  const std::string whole = read_bytes(path);
  for (const std::size_t keep : {whole.size() - 100, whole.size() / 2, std::size_t{400}, std::size_t{20}}) {
    write_bytes(whole.substr(0, keep), path);
    EXPECT_THROW(read_volume(path), Error) << keep << " of " << whole.size() << " bytes";
  }
}

/// The formats that carry a checksum: an uncompressed .nii cannot know of a flipped bit.
class CompressedImageFile : public ImageFile {};

TEST_P(CompressedImageFile, AFlippedBitIsRefused) {
  auto volume = phantom::blank<Volume>({20, 20, 20}, {1.0, 1.0, 1.0}, 0.0F);
  for (std::size_t n = 0; n < 8000; ++n)
    volume->GetBufferPointer()[n] = static_cast<float>(n * 2654435761U % 65521);
  const auto path = folder_ / ("scan" + GetParam());
  write_volume(*volume, path);
  std::string bytes = read_bytes(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  write_bytes(bytes, path);
  EXPECT_THROW(read_volume(path), Error);
}

TEST_P(ImageFile, TextUnderThatNameIsRefusedAsMalformed) {
  write_bytes("this is no image\n", folder_ / ("x" + GetParam()));
  expect_refused(Errc::kFormat, "x" + GetParam(), [&] { read_volume(folder_ / ("x" + GetParam())); });
}

TEST_P(ImageFile, AVoxelThatIsNotANumberIsRefusedBeforeWriting) {
  const auto volume = sample<Volume>(0.0);
  volume->SetPixel({{2, 3, 1}}, std::numeric_limits<float>::quiet_NaN());
  expect_refused(Errc::kInput, "(2, 3, 1)", [&] { write_volume(*volume, folder_ / ("x" + GetParam())); });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_P(ImageFile, FractionsAndNegativesAreNoLabels) {
  const auto path = folder_ / ("x" + GetParam());
  for (const float bad : {-1.0F, 0.5F, 65536.0F}) {
    const auto volume = phantom::blank<Volume>({3, 3, 3}, {1.0, 1.0, 1.0}, 1.0F);
    volume->SetPixel({{1, 2, 0}}, bad);
    write_volume(*volume, path);
    expect_refused(Errc::kFormat, "(1, 2, 0)", [&] { read_labels(path); });
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, ImageFile, ::testing::Values(".nii", ".nii.gz", ".nrrd", ".mha"));
INSTANTIATE_TEST_SUITE_P(EveryFormat, CompressedImageFile, ::testing::Values(".nii.gz", ".nrrd", ".mha"));

class NiftiFile : public ::testing::Test {
 protected:
  NiftiFile() { write_volume(*sample<Volume>(20.0), path_); }
  Folder folder_;
  std::filesystem::path path_ = folder_ / "scan.nii";
};

// Byte offsets of NIfTI-1: dim 40, datatype 70, bitpix 72, pixdim 76, xyzt_units 123, qform_code 252,
// sform_code 254, srow_x 280; voxels from 352.
TEST_F(NiftiFile, WithoutOrientationIsRefused) {
  poke(path_, 252, std::int16_t{0});
  poke(path_, 254, std::int16_t{0});
  expect_refused(Errc::kFormat, "qform_code = 0 and sform_code = 0", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, OfTheOtherByteOrderIsCheckedAlike) {
  std::string bytes = read_bytes(path_);
  const auto swap = [&](std::size_t from, std::size_t to, std::size_t width) {
    for (std::size_t at = from; at < to; at += width)
      std::reverse(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at + width));
  };
  swap(0, 4, 4);
  swap(32, 36, 4);
  swap(36, 38, 2);
  swap(40, 56, 2);
  swap(56, 68, 4);
  swap(68, 76, 2);
  swap(76, 120, 4);
  swap(120, 122, 2);
  swap(124, 148, 4);
  swap(252, 256, 2);
  swap(256, 328, 4);
  swap(352, bytes.size(), 4);
  write_bytes(bytes, path_);
  expect_same(*sample<Volume>(20.0), *read_volume(path_));
  poke(path_, 352 + 4 * 9, std::uint32_t{0x0000807F});  // infinity, high byte first
  expect_refused(Errc::kFormat, "(2, 1, 0)", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, InMetresIsRefused) {
  poke(path_, 123, std::uint8_t{1});
  expect_refused(Errc::kUnsupported, "metre", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, InMillimetresAndSecondsIsRead) {
  poke(path_, 123, std::uint8_t{10});
  EXPECT_NO_THROW(read_volume(path_));
}

TEST_F(NiftiFile, WithAnInfiniteVoxelIsRefused) {
  poke(path_, 352 + 4 * (7 * 5 * 1 + 7 * 3 + 2), std::numeric_limits<float>::infinity());
  expect_refused(Errc::kFormat, "(2, 3, 1)", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, WithSpacingThatIsNotPositiveIsRefused) {
  for (const float bad : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    write_volume(*sample<Volume>(20.0), path_);
    poke(path_, 84, bad);
    expect_refused(Errc::kFormat, "pixdim[2]", [&] { read_volume(path_); });
  }
}

TEST_F(NiftiFile, WithAMatrixThatIsNotFiniteIsRefused) {
  poke(path_, 280, std::numeric_limits<float>::quiet_NaN());
  expect_refused(Errc::kFormat, "srow_x", [&] { read_volume(path_); });
  poke(path_, 256, std::numeric_limits<float>::infinity());
  expect_refused(Errc::kFormat, "quaternion", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, OfFourDimensionsIsRefused) {
  std::string bytes = read_bytes(path_);
  bytes += bytes.substr(352);
  write_bytes(bytes, path_);
  poke(path_, 40, std::int16_t{4});
  poke(path_, 48, std::int16_t{2});
  expect_refused(Errc::kUnsupported, "4 dimensions", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, OfComplexVoxelsIsRefused) {
  std::string bytes = read_bytes(path_);
  bytes += bytes.substr(352);
  write_bytes(bytes, path_);
  poke(path_, 70, std::int16_t{32});
  poke(path_, 72, std::int16_t{64});
  expect_refused(Errc::kUnsupported, "numbers a voxel", [&] { read_volume(path_); });
}

TEST_F(NiftiFile, OfColourIsRefused) {
  poke(path_, 70, std::int16_t{128});
  poke(path_, 72, std::int16_t{24});
  expect_refused(Errc::kUnsupported, "3 numbers a voxel", [&] { read_volume(path_); });
}

TEST(ReadVolume, OfAMissingFileIsNotFound) {
  const Folder folder;
  expect_refused(Errc::kNotFound, "gone.nii.gz", [&] { read_volume(folder / "gone.nii.gz"); });
}

TEST(ReadVolume, OfAnotherKindOfFileSaysWhatIsRead) {
  const Folder folder;
  write_bytes("x", folder / "scan.txt");
  expect_refused(Errc::kUnsupported, ".nii.gz", [&] { read_volume(folder / "scan.txt"); });
}

TEST(ReadVolume, OfZeroOrNegativeSpacingInMetaImageIsRefused) {
  const Folder folder;
  for (const char* spacing : {"0 1 1", "1 -1 1"}) {
    write_bytes(std::string("ObjectType = Image\nNDims = 3\nElementSpacing = ") + spacing +
                    "\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + "12345678",
                folder / "x.mha");
    EXPECT_THROW(read_volume(folder / "x.mha"), Error) << spacing;
  }
}

TEST(ReadVolume, OfAMatrixThatIsNotFiniteIsRefused) {
  const Folder folder;
  write_bytes(
      std::string("ObjectType = Image\nNDims = 3\nTransformMatrix = nan 0 0 0 1 0 0 0 1\nDimSize = 2 2 2\n") +
          "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n12345678",
      folder / "x.mha");
  EXPECT_THROW(read_volume(folder / "x.mha"), Error);
  write_bytes(
      std::string("NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n") +
          "space directions: (nan,0,0) (0,1,0) (0,0,1)\nencoding: raw\n\n12345678",
      folder / "x.nrrd");
  EXPECT_THROW(read_volume(folder / "x.nrrd"), Error);
}

TEST(ReadVolume, OfAVoxelThatIsNotANumberIsRefusedInEveryFormat) {
  const Folder folder;
  std::string voxels(32, '\0');
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(voxels.data() + 3 * sizeof(float), &nan, 4);
  write_bytes(
      "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n" +
          voxels,
      folder / "x.mha");
  expect_refused(Errc::kFormat, "(1, 1, 0)", [&] { read_volume(folder / "x.mha"); });
  write_bytes(
      std::string("NRRD0004\ntype: float\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n") +
          "space directions: (1,0,0) (0,1,0) (0,0,1)\nendian: little\nencoding: raw\n\n" + voxels,
      folder / "x.nrrd");
  expect_refused(Errc::kFormat, "(1, 1, 0)", [&] { read_volume(folder / "x.nrrd"); });
}

TEST(ReadVolume, OfADetachedMetaImageReadsItsDataFileAndMissesIt) {
  const Folder folder;
  write_bytes(
      "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = x.raw\n",
      folder / "x.mhd");
  expect_refused(Errc::kFormat, "x.raw", [&] { read_volume(folder / "x.mhd"); });
  write_bytes("1234567", folder / "x.raw");
  expect_refused(Errc::kFormat, "7 of 8 bytes", [&] { read_volume(folder / "x.mhd"); });
  write_bytes("12345678", folder / "x.raw");
  EXPECT_EQ(read_volume(folder / "x.mhd")->GetPixel({{1, 1, 1}}), static_cast<float>('8'));
}

TEST(ReadVolume, OfAShearedMatrixIsRefused) {
  const Folder folder;
  write_bytes(
      std::string("NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n") +
          "space directions: (1,0,0) (0.2,1,0) (0,0,1)\nencoding: raw\n\n12345678",
      folder / "x.nrrd");
  expect_refused(Errc::kUnsupported, "perpendicular", [&] { read_volume(folder / "x.nrrd"); });
}

TEST(WriteVolume, ToADetachedHeaderIsRefused) {
  const Folder folder;
  expect_refused(Errc::kUnsupported, ".mha", [&] { write_volume(*sample<Volume>(0.0), folder / "x.mhd"); });
}

TEST(WriteVolume, IntoAMissingFolderIsRefused) {
  const Folder folder;
  expect_refused(
      Errc::kCreate, "absent", [&] { write_volume(*sample<Volume>(0.0), folder / "absent" / "x.nii.gz"); });
}

TEST(IsImageFile, GoesByTheExtensionInAnyCase) {
  for (const char* yes : {"a.nii", "b.NII.GZ", "c.nrrd", "d.nhdr", "e.mha", "f.mhd"})
    EXPECT_TRUE(is_image_file(yes));
  for (const char* no : {"a.gz", "nii", "b.dcm", "c.nii.txt", ""}) EXPECT_FALSE(is_image_file(no));
}

TEST(RealScan, ComesBackVoxelForVoxel) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/image_thick2mm.nii.gz");
  const Folder folder;
  const auto volume = read_volume(realdata() / "spine/vb2-04/image_thick2mm.nii.gz");
  write_volume(*volume, folder / "scan.nii.gz");
  expect_same(*volume, *read_volume(folder / "scan.nii.gz"));
}

}  // namespace
}  // namespace ledd::files
