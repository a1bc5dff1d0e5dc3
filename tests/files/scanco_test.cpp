#include "ledd/files/scanco.h"

#include <gmock/gmock.h>

#include <bit>
#include <cstring>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "realdata.h"

namespace ledd::files {
namespace {

/// Files are put together here byte by byte after the published layout; a real AIM and ISQ are read below.
class Bytes {
 public:
  template <class T>
  Bytes& put(std::size_t at, T value) {
    if (text_.size() < at + sizeof(T)) text_.resize(at + sizeof(T), '\0');
    std::memcpy(text_.data() + at, &value, sizeof(T));
    return *this;
  }
  Bytes& words(std::size_t at, std::string_view text) {
    if (text_.size() < at + text.size()) text_.resize(at + text.size(), '\0');
    text_.replace(at, text.size(), text);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

const std::string kLog =
    "! Processing Log\n"
    "Energy [V]                                      68000\n"
    "Intensity [uA]                                   1470\n"
    "Scanner ID                                       3401\n"
    "Mu_Scaling                                       8192\n"
    "HU: mu water                                  0.24090\n"
    "Density: unit                 mg HA/ccm                                \n"
    "Density: slope                         1.60351904e+03\n"
    "Density: intercept                    -3.91209015e+02\n";

std::string aim20(std::uint32_t type, std::array<std::int32_t, 3> size, const std::string& data) {
  Bytes file;
  file.put(0, 20).put(4, 140).put(8, static_cast<std::int32_t>(kLog.size())).put(12, 0).put(16, 0);
  const std::size_t image = 20;
  file.put(image + 20, type);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    file.put(image + 24 + 4 * axis, static_cast<std::int32_t>(10 * axis));
    file.put(image + 36 + 4 * axis, size[axis]);
    const auto ieee = std::bit_cast<std::uint32_t>(4.0F * 0.0607F);
    file.put(image + 108 + 4 * axis, ieee << 16U | ieee >> 16U);
  }
  file.put(image + 136, 0);
  return file.text() + kLog + data;
}

std::string aim30(std::uint32_t type, std::array<std::int64_t, 3> size, const std::string& data) {
  Bytes file;
  file.words(0, std::string("AIMDATA_V030   \0", 16));
  file.put<std::int64_t>(16, 40).put<std::int64_t>(24, 224);
  file.put<std::int64_t>(32, static_cast<std::int64_t>(kLog.size())).put<std::int64_t>(48, 0);
  const std::size_t image = 56;
  file.put(image + 12, type);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    file.put<std::int64_t>(image + 40 + 8 * axis, size[axis]);
    file.put<std::int64_t>(image + 184 + 8 * axis, 60700);
  }
  file.put<std::int64_t>(image + 216, 0);
  return file.text() + kLog + data;
}

std::string shorts(const std::vector<std::int16_t>& values) {
  return {reinterpret_cast<const char*>(values.data()), 2 * values.size()};
}

std::string coded(const std::string& codes) {
  const auto length = static_cast<std::uint32_t>(codes.size() + 4);
  return std::string(reinterpret_cast<const char*>(&length), 4) + codes;
}

class Scanco : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    write_bytes(bytes, folder_.path() / name);
    return folder_.path() / name;
  }
  std::vector<float> voxels(const std::string& name, const std::string& bytes) const {
    const auto volume = read_volume(write(name, bytes));
    const float* first = volume->GetBufferPointer();
    return {first, first + volume->GetLargestPossibleRegion().GetNumberOfPixels()};
  }
  std::string refusal(const std::string& name, const std::string& bytes) const {
    try {
      read_volume(write(name, bytes));
    } catch (const Error& e) {
      return e.what();
    }
    return "read";
  }
  Folder folder_;
};

TEST_F(Scanco, BothVersionsOfAnAimHoldTheSame) {
  const std::string data = shorts({-1, 0, 8192, 300, 5, 6});
  EXPECT_THAT(voxels("a.AIM", aim20(0x00020002, {3, 2, 1}, data)),
              testing::ElementsAre(-1, 0, 8192, 300, 5, 6));
  EXPECT_THAT(voxels("b.aim;1", aim30(0x00020002, {3, 2, 1}, data)),
              testing::ElementsAre(-1, 0, 8192, 300, 5, 6));
  const auto old = read_scanco_header(folder_.path() / "a.AIM");
  const auto wide = read_scanco_header(folder_.path() / "b.aim;1");
  for (const auto& header : {old, wide}) {
    EXPECT_NEAR(header.spacing_mm[2], 0.0607, 1e-8);
    EXPECT_EQ(header.mu_scaling, 8192.0);
    EXPECT_NEAR(header.density_slope.value(), 1603.51904, 1e-9);
    EXPECT_NEAR(header.density_intercept.value(), -391.209015, 1e-9);
    EXPECT_EQ(header.density_unit, "mg HA/ccm");
    EXPECT_EQ(header.energy_kv, 68.0);
    EXPECT_EQ(header.scanner_id, 3401);
    EXPECT_NEAR(header.mu_water_per_cm.value(), 0.2409, 1e-12);
  }
  EXPECT_EQ(old.version, "AIM V020");
  EXPECT_EQ(wide.version, "AIM V030");
  EXPECT_NEAR(old.first_voxel_mm[2], 20 * 0.0607, 1e-6);
}

TEST_F(Scanco, PackedVoxelsAreUnpacked) {
  // one byte of 2 x 2 x 2 voxels: those with an odd x are set
  EXPECT_THAT(voxels("bits.aim", aim20(0x00060001, {2, 2, 2}, std::string("\xAA\x00", 2))),
              testing::ElementsAre(0, 127, 0, 127, 0, 127, 0, 127));
  EXPECT_THAT(voxels("bits3.aim", aim20(0x00060001, {3, 1, 1}, std::string("\x02\x01\x05", 3))),
              testing::ElementsAre(0, 5, 5));
  EXPECT_THAT(voxels("runs.aim", aim20(0x00150001, {3, 2, 1}, coded(std::string("\x00\x7f\x02\x03\x01", 5)))),
              testing::ElementsAre(0, 0, 127, 127, 127, 0));
  const auto far =
      voxels("far.aim", aim20(0x00150001, {300, 1, 1}, coded(std::string("\x00\x7f\xff\x10\x1e", 5))));
  EXPECT_EQ(std::count(far.begin(), far.end(), 0.0F), 270) << "255 is 254 voxels, and the value stays";
  EXPECT_THAT(voxels("pairs.aim", aim20(0x00080002, {2, 2, 1}, coded(std::string("\x03\x09\x01\xff", 4)))),
              testing::ElementsAre(9, 9, 9, -1));
}

std::string isq(const std::vector<std::int16_t>& values, bool calibrated) {
  Bytes file;
  file.words(0, "CTDATA-HEADER_V1").put(16, 3).put(44, 2).put(48, 2).put(52, 1);
  file.put(56, 164)
      .put(60, 164)
      .put(64, 82)
      .put(76, 9500)
      .put(88, 4096)
      .put(168, 60000)
      .put(508, calibrated ? 4 : 0);
  if (calibrated) {
    file.words(512 + 8, "MultiHeader     ").words(1024 + 8, "Calibration     ").put(1024 + 24, 2);
    const std::size_t at = 1536;
    file.words(at + 648, "mg HA/ccm       ").put(at + 664, 1600.0).put(at + 672, -390.0).put(at + 688, 0.24);
    file.put(2559, '\0');
  } else {
    file.put(511, '\0');
  }
  return file.text() + shorts(values);
}

TEST_F(Scanco, AnIsqHasItsCalibrationInAnExtraHeader) {
  EXPECT_THAT(voxels("a.ISQ", isq({1, 2, 3, 4}, true)), testing::ElementsAre(1, 2, 3, 4));
  const auto header = read_scanco_header(folder_.path() / "a.ISQ");
  EXPECT_EQ(header.density_slope, 1600.0);
  EXPECT_EQ(header.density_intercept, -390.0);
  EXPECT_EQ(header.density_unit, "mg HA/ccm");
  EXPECT_EQ(header.mu_scaling, 4096.0);
  EXPECT_NEAR(header.spacing_mm[0], 0.082, 1e-12);
  EXPECT_NEAR(header.first_voxel_mm[2], 9.5, 1e-12);
  EXPECT_FALSE(read_scanco_header(write("b.isq", isq({1, 2, 3, 4}, false))).density_slope);
}

TEST_F(Scanco, WhatIsCutOffOrCannotBeIsRefused) {
  using testing::HasSubstr;
  const std::string whole = aim20(0x00020002, {3, 2, 1}, shorts({1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(refusal("cut.aim", whole.substr(0, whole.size() - 1)), HasSubstr("cut off"));
  for (std::size_t length = 0; length < whole.size() - 12; length += 7)
    EXPECT_NE(refusal("short.aim", whole.substr(0, length)), "read") << length;
  EXPECT_THAT(refusal("big.aim", aim20(0x00020002, {30000, 30000, 30000}, "")), HasSubstr("cut off"));
  EXPECT_THAT(refusal("none.aim", aim20(0x00020002, {0, 2, 1}, "")), HasSubstr("0 voxels along axis 0"));
  EXPECT_THAT(refusal("float.aim", aim20(0x001a0004, {1, 1, 1}, "1234")), HasSubstr("0x001a0004"));
  EXPECT_THAT(refusal("over.aim", aim20(0x00080002, {2, 1, 1}, coded(std::string("\x03\x09", 2)))),
              HasSubstr("beyond the 2 voxels"));
  EXPECT_THAT(refusal("under.aim", aim20(0x00080002, {4, 1, 1}, coded(std::string("\x03\x09", 2)))),
              HasSubstr("after 3 of 4"));
  EXPECT_THAT(
      refusal("text.aim", "this is no scan, only a text that is longer than a header of twenty bytes"),
      HasSubstr("not an AIM"));
  EXPECT_THAT(refusal("cut.isq", isq({1, 2, 3}, true)), HasSubstr("cut off"));
}

TEST_F(Scanco, ARealAimAndIsqHoldTheVoxelsOfTheirNrrd) {
  LEDD_NEEDS_REALDATA("bone/scanco/tests/data");
  const auto folder = realdata() / "bone/scanco/tests/data";
  const auto nrrd = read_volume(folder / "test_nrrd.nrrd");
  for (const char* name : {"test_aim.AIM", "test_isq.ISQ"}) {
    const auto volume = read_volume(folder / name);
    const std::size_t count = nrrd->GetLargestPossibleRegion().GetNumberOfPixels();
    ASSERT_EQ(volume->GetLargestPossibleRegion().GetSize(), nrrd->GetLargestPossibleRegion().GetSize());
    EXPECT_EQ(std::memcmp(volume->GetBufferPointer(), nrrd->GetBufferPointer(), count * sizeof(float)), 0)
        << name;
    for (unsigned axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(volume->GetSpacing()[axis], nrrd->GetSpacing()[axis], 2e-5) << name;
  }
}

}  // namespace
}  // namespace ledd::files
