#include "packed_case.h"

#include <gmock/gmock.h>

#include <bit>
#include <limits>
#include <numeric>

#include "phantom.h"

namespace ledd::viewer {
namespace {

/// Larger than one part, and not a whole number of pages.
constexpr phantom::Size kSize{101, 93, 61};
constexpr std::size_t kVoxels = kSize[0] * kSize[1] * kSize[2];

/// From -32768 on, whole.
Volume::Pointer whole_numbers() {
  const auto scan = phantom::blank<Volume>(kSize, {0.5, 0.5, 2.0}, 0.0F);
  for (std::size_t n = 0; n < kVoxels; ++n)
    scan->GetBufferPointer()[n] = static_cast<float>(n % 65536) - 32768.0F;
  return scan;
}

std::vector<std::uint32_t> bits(const Volume& scan) {
  std::vector<std::uint32_t> all(kVoxels);
  std::transform(scan.GetBufferPointer(), scan.GetBufferPointer() + kVoxels, all.begin(), [](float value) {
    return std::bit_cast<std::uint32_t>(value);
  });
  return all;
}

TEST(PackedScan, IsBitByBitTheSame) {
  const auto scan = whole_numbers();
  const auto before = bits(*scan);
  const auto packed = PackedScan::take(*scan);
  ASSERT_TRUE(packed);
  EXPECT_EQ(scan->GetBufferPointer(), nullptr);
  EXPECT_EQ(scan->GetLargestPossibleRegion().GetNumberOfPixels(), kVoxels);
  packed->give_back(*scan);
  EXPECT_EQ(bits(*scan), before);
  EXPECT_EQ(scan->GetSpacing()[2], 2.0);
}

TEST(PackedScan, LeavesAScanAloneThatIntegersCannotHold) {
  constexpr float kNever = std::numeric_limits<float>::quiet_NaN();
  for (const float odd : {0.5F, -0.0F, 32768.0F, -32769.0F, 1e30F, -1e30F, kNever})
    for (const std::size_t place : {std::size_t{0}, kVoxels / 2, kVoxels - 1}) {
      const auto scan = whole_numbers();
      scan->GetBufferPointer()[place] = odd;
      const auto before = bits(*scan);
      EXPECT_FALSE(PackedScan::take(*scan)) << odd;
      EXPECT_EQ(bits(*scan), before) << odd;
    }
}

TEST(PackedScan, LeavesVoxelsOfSomebodyElseAlone) {
  std::vector<float> voxels(kVoxels, 3.0F);
  const auto scan = phantom::blank<Volume>(kSize, {1, 1, 1}, 0.0F);
  scan->GetPixelContainer()->SetImportPointer(voxels.data(), kVoxels, false);
  EXPECT_FALSE(PackedScan::take(*scan));
  EXPECT_EQ(std::accumulate(voxels.begin(), voxels.end(), 0.0), 3.0 * kVoxels);
}

TEST(PackedCase, HasScanAndLabelsAgain) {
  cases::OpenCase opened;
  opened.scan = whole_numbers();
  opened.labels = phantom::blank<Labels>(kSize, {0.5, 0.5, 2.0}, 20);
  opened.labels->GetBufferPointer()[kVoxels - 1] = 21;
  const auto before = bits(*opened.scan);
  PackedCase packed;
  packed.take(*opened.labels);
  EXPECT_EQ(opened.labels->GetBufferPointer(), nullptr);
  packed.take(opened);
  EXPECT_EQ(opened.scan->GetBufferPointer(), nullptr);
  packed.give_back(opened);
  EXPECT_EQ(bits(*opened.scan), before);
  EXPECT_EQ(opened.labels->GetBufferPointer()[0], 20);
  EXPECT_EQ(opened.labels->GetBufferPointer()[kVoxels - 1], 21);
}

TEST(PackedCase, StaysWithoutLabelsThatDoNotStandOnItsScan) {
  cases::OpenCase opened;
  opened.scan = whole_numbers();
  PackedCase packed;
  packed.take(*phantom::blank<Labels>({3, 3, 3}, {1, 1, 1}, 20));
  packed.take(opened);
  packed.give_back(opened);
  EXPECT_TRUE(opened.labels.IsNull());
  EXPECT_EQ(bits(*opened.scan), bits(*whole_numbers()));
}

}  // namespace
}  // namespace ledd::viewer
