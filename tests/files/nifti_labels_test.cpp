#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "phantom.h"

namespace {

using namespace ledd::files;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::Labels;
using ledd::Volume;

// Offsets of the NIfTI-1 header.
constexpr std::size_t kDatatype = 70, kBitpix = 72, kSlope = 112, kIntercept = 116, kVoxels = 352;
constexpr std::size_t kCount = 9 * 7 * 5;

/// On a grid that is neither straight nor at the origin; numbers of one byte, or of two.
Labels::Pointer some_labels(bool small) {
  const auto labels = ledd::phantom::blank<Labels>({9, 7, 5}, {0.5, 0.7, 3.0}, 0);
  labels->SetOrigin(std::array{-11.5, 2.25, 900.0}.data());
  Labels::DirectionType turned;
  turned.Fill(0.0);
  turned(0, 1) = turned(1, 0) = 1.0;
  turned(2, 2) = -1.0;
  labels->SetDirection(turned);
  for (std::size_t n = 0; n < kCount; ++n)
    labels->GetBufferPointer()[n] = static_cast<std::uint16_t>(n * 2654435761U % (small ? 251 : 65521));
  return labels;
}

void expect_same(const Labels& a, const Labels& b) {
  EXPECT_EQ(a.GetLargestPossibleRegion(), b.GetLargestPossibleRegion());
  EXPECT_EQ(a.GetBufferedRegion(), b.GetBufferedRegion());
  EXPECT_EQ(a.GetSpacing(), b.GetSpacing());
  EXPECT_EQ(a.GetOrigin(), b.GetOrigin());
  EXPECT_EQ(a.GetDirection(), b.GetDirection());
  EXPECT_TRUE(std::equal(a.GetBufferPointer(), a.GetBufferPointer() + kCount, b.GetBufferPointer()));
}

/// By way of floating point, as numbers are read that are no labels as they stand.
Labels::Pointer read_as_numbers(const Labels& labels, const std::filesystem::path& path) {
  const auto volume = Volume::New();
  volume->CopyInformation(&labels);
  volume->SetRegions(labels.GetLargestPossibleRegion());
  volume->Allocate();
  std::copy_n(labels.GetBufferPointer(), kCount, volume->GetBufferPointer());
  write_volume(*volume, path);
  return read_labels(path);
}

template <class T>
void poke(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

/// The bytes of an uncompressed file of 16 bits.
std::string file_of(const Labels& labels, const Folder& folder) {
  write_labels(labels, folder / "plain.nii");
  return read_bytes(folder / "plain.nii");
}

/// The same labels in one byte each, of this type.
std::string in_bytes(std::string file, std::int16_t datatype) {
  for (std::size_t n = 0; n < kCount; ++n) file[kVoxels + n] = file[kVoxels + 2 * n];
  file.resize(kVoxels + kCount);
  poke<std::int16_t>(file, kDatatype, datatype);
  poke<std::int16_t>(file, kBitpix, 8);
  return file;
}

/// As a machine of the other byte order writes it.
std::string swapped(std::string file) {
  const auto swap = [&](std::size_t first, std::size_t count, std::size_t size) {
    for (std::size_t n = 0; n < count; ++n)
      std::reverse(file.begin() + static_cast<std::ptrdiff_t>(first + n * size),
                   file.begin() + static_cast<std::ptrdiff_t>(first + (n + 1) * size));
  };
  swap(0, 1, 4);     // sizeof_hdr
  swap(32, 1, 4);    // extents
  swap(36, 1, 2);    // session_error
  swap(40, 8, 2);    // dim
  swap(56, 3, 4);    // intent_p1 to 3
  swap(68, 4, 2);    // intent_code, datatype, bitpix, slice_start
  swap(76, 11, 4);   // pixdim, vox_offset, scl_slope, scl_inter
  swap(120, 1, 2);   // slice_end
  swap(124, 6, 4);   // cal_max to glmin
  swap(252, 2, 2);   // qform_code, sform_code
  swap(256, 18, 4);  // quaternion, offsets, srow
  swap(kVoxels, kCount, 2);
  return file;
}

struct NiftiLabels : testing::Test {
  Folder folder;
  std::filesystem::path path = folder / "x.nii";
  Labels::Pointer read(const std::string& bytes) {
    write_bytes(bytes, path);
    return read_labels(path);
  }
};

TEST_F(NiftiLabels, AreThoseThatAreReadByWayOfNumbers) {
  for (const bool small : {true, false}) {
    const auto labels = some_labels(small);
    const auto expected = read_as_numbers(*labels, folder / "numbers.nii");
    for (const char* const name : {"a.nii", "a.nii.gz"}) {
      write_labels(*labels, folder / name);
      expect_same(*read_labels(folder / name), *expected);
    }
  }
}

TEST_F(NiftiLabels, OfOneByteAreTheSame) {
  const auto labels = some_labels(true);
  const auto expected = read_as_numbers(*labels, folder / "numbers.nii");
  expect_same(*read(in_bytes(file_of(*labels, folder), 2)), *expected);
}

TEST_F(NiftiLabels, OfASignedTypeAreTheSame) {
  auto labels = some_labels(true);
  for (std::size_t n = 0; n < kCount; ++n) labels->GetBufferPointer()[n] &= 127U;
  const auto expected = read_as_numbers(*labels, folder / "numbers.nii");
  const std::string file = file_of(*labels, folder);
  expect_same(*read(in_bytes(file, 256)), *expected);
  std::string wide = file;
  poke<std::int16_t>(wide, kDatatype, 4);
  expect_same(*read(wide), *expected);
}

TEST_F(NiftiLabels, OfTheOtherByteOrderAreTheSame) {
  const auto labels = some_labels(false);
  const auto expected = read_as_numbers(*labels, folder / "numbers.nii");
  expect_same(*read(swapped(file_of(*labels, folder))), *expected);
}

TEST_F(NiftiLabels, BehindAnExtensionAreTheSame) {
  const auto labels = some_labels(false);
  std::string file = file_of(*labels, folder);
  const auto expected = read(file);
  file.insert(kVoxels, std::string(32, '\0'));
  poke(file, 108, static_cast<float>(kVoxels + 32));
  expect_same(*read(file), *expected);
}

TEST_F(NiftiLabels, ThatAreScaledAreWhatTheScaleSays) {
  auto labels = some_labels(true);
  const std::string file = file_of(*labels, folder);
  for (const auto& [slope, intercept] : {std::pair{2.0F, 0.0F}, {1.0F, 3.0F}, {3.0F, 7.0F}}) {
    std::string scaled = file;
    poke(scaled, kSlope, slope);
    poke(scaled, kIntercept, intercept);
    const auto found = read(scaled);
    for (std::size_t n = 0; n < kCount; ++n)
      ASSERT_EQ(found->GetBufferPointer()[n],
                static_cast<float>(labels->GetBufferPointer()[n]) * slope + intercept);
  }
}

TEST_F(NiftiLabels, CutOffAnywhereAreRefused) {
  const std::string plain = file_of(*some_labels(false), folder);
  write_labels(*some_labels(false), folder / "whole.nii.gz");
  const std::string packed = read_bytes(folder / "whole.nii.gz");
  // Every byte of the end, where voxels and checksum are cut; of the rest one in eleven.
  const auto expect_all_refused = [&](const std::string& whole) {
    for (std::size_t keep = 0; keep < whole.size(); keep += keep + 20 < whole.size() ? 11U : 1U)
      EXPECT_THROW(read(whole.substr(0, keep)), Error) << keep << " bytes";
  };
  expect_all_refused(plain);
  path = folder / "x.nii.gz";
  expect_all_refused(packed);
}

TEST_F(NiftiLabels, WithAFlippedBitAreRefusedOrTheSame) {
  write_labels(*some_labels(false), folder / "whole.nii.gz");
  const auto expected = read_labels(folder / "whole.nii.gz");
  const std::string packed = read_bytes(folder / "whole.nii.gz");
  path = folder / "x.nii.gz";
  std::size_t refused = 0, tried = 0;
  // The first ten bytes are gzip's header, of which time and system say nothing of the voxels.
  for (std::size_t at = 10; at < packed.size(); at += 3, ++tried) {
    std::string flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
    try {
      expect_same(*read(flipped), *expected);  // zeros may be copied from other zeros
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GE(refused, tried * 9 / 10);
}

TEST_F(NiftiLabels, OfWhichTheHeaderClaimsTooManyAreRefused) {
  std::string file = file_of(*some_labels(false), folder);
  for (const std::size_t axis : {1U, 2U, 3U}) poke<std::int16_t>(file, 40 + 2 * axis, 1600);
  try {
    static_cast<void>(read(file));
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kFormat);
    EXPECT_THAT(e.what(), testing::HasSubstr("cut off or damaged"));
  }
}

}  // namespace
