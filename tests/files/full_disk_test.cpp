#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "phantom.h"
#include "small_disk.h"

namespace ledd::files {
namespace {

using ::testing::HasSubstr;

/// Noise of 2 MB: no compression makes it fit on the disk of half of that.
Volume::Pointer noise() {
  auto volume = phantom::blank<Volume>({64, 64, 128}, {1.0, 1.0, 1.0}, 0.0F);
  std::uint32_t state = 1;
  for (std::size_t n = 0; n < std::size_t{64} * 64 * 128; ++n) {
    state = state * 1664525U + 1013904223U;
    volume->GetBufferPointer()[n] = static_cast<float>(state);
  }
  return volume;
}

Labels::Pointer label_noise() {
  auto labels = phantom::blank<Labels>({128, 128, 64}, {1.0, 1.0, 1.0}, 0);
  std::uint32_t state = 1;
  for (std::size_t n = 0; n < std::size_t{128} * 128 * 64; ++n) {
    state = state * 1664525U + 1013904223U;
    labels->GetBufferPointer()[n] = static_cast<std::uint16_t>(state >> 16U);
  }
  return labels;
}

class FullDisk : public ::testing::TestWithParam<std::string> {
 protected:
  template <class Body>
  static void expect_full(const SmallDisk& disk, const Body& write) {
    try {
      write();
      FAIL() << "the writer claims success on a full disk";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::kIo) << e.what();
      EXPECT_THAT(e.what(), HasSubstr("the disk is full"));
    }
    EXPECT_EQ(disk.folder().entries(), 0) << "something was left behind";
  }
};

TEST_P(FullDisk, AVolumeIsRefusedAndNothingIsLeft) {
  const SmallDisk disk(1U << 20U);
  LEDD_NEEDS_MOUNT(disk);
  expect_full(disk, [&] { write_volume(*noise(), disk.folder() / ("scan" + GetParam())); });
}

TEST_P(FullDisk, LabelsAreRefusedAndNothingIsLeft) {
  const SmallDisk disk(1U << 20U);
  LEDD_NEEDS_MOUNT(disk);
  expect_full(disk, [&] { write_labels(*label_noise(), disk.folder() / ("labels" + GetParam())); });
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, FullDisk, ::testing::Values(".nii", ".nii.gz", ".nrrd", ".mha"));

TEST_F(FullDisk, BytesAreRefusedAndNothingIsLeft) {
  const SmallDisk disk(1U << 20U);
  LEDD_NEEDS_MOUNT(disk);
  expect_full(disk, [&] { write_bytes(std::string(3U << 20U, 'x'), disk.folder() / "table.csv"); });
}

TEST_F(FullDisk, AnOlderFileOfThatNameSurvives) {
  const SmallDisk disk(1U << 20U);
  LEDD_NEEDS_MOUNT(disk);
  write_bytes("before", disk.folder() / "table.csv");
  EXPECT_THROW(write_bytes(std::string(3U << 20U, 'x'), disk.folder() / "table.csv"), Error);
  EXPECT_EQ(read_bytes(disk.folder() / "table.csv"), "before");
  EXPECT_EQ(disk.folder().entries(), 1);
}

}  // namespace
}  // namespace ledd::files
