#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;
using phantom::Params;

class LumbarPhantomDicom : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("ledd_phantom_" + std::to_string(getpid()) + info->name());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Params oblique() {
    Params p;
    p.stack.columns = 72;
    p.stack.rows = 80;
    p.stack.pixel_mm = 2.7;
    p.stack.slices = 5;
    p.stack.turn_about_si_deg = 7.3;
    p.stack.turn_about_pa_deg = -4.1;
    return p;
  }
  LumbarPhantom::Result write(const Params& params, const fs::path& folder) const {
    Context context;
    auto result = LumbarPhantom(params)(context);
    phantom::write_dicom(result, params, folder);
    return result;
  }
  static std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }
  static std::string text(DcmDataset& d, const DcmTagKey& tag) {
    OFString value;
    EXPECT_TRUE(d.findAndGetOFStringArray(tag, value).good()) << tag.toString();
    return value;
  }
  static double number(DcmDataset& d, const DcmTagKey& tag, unsigned long position = 0) {
    Float64 value = 0;
    EXPECT_TRUE(d.findAndGetFloat64(tag, value, position).good()) << tag.toString();
    return value;
  }

  fs::path folder_;
};

TEST_F(LumbarPhantomDicom, GeometryAndPixelsReadBackAsTheVolume) {
  const auto result = write(oblique(), folder_);
  const Volume& v = *result.image;
  ASSERT_EQ(files_in(folder_).size(), 5U);
  std::set<long> seen;
  for (const auto& path : files_in(folder_)) {
    DcmFileFormat file;
    ASSERT_TRUE(file.loadFile(path.c_str()).good());
    DcmDataset& d = *file.getDataset();
    Volume::IndexType index{};
    index[2] = std::stol(text(d, DCM_InstanceNumber)) - 1;
    seen.insert(index[2]);
    Volume::PointType p;
    v.TransformIndexToPhysicalPoint(index, p);
    for (unsigned a = 0; a < 3; ++a) {
      EXPECT_NEAR(number(d, DCM_ImagePositionPatient, a), p[a], 1e-9);
      EXPECT_NEAR(number(d, DCM_ImageOrientationPatient, a), v.GetDirection()[a][0], 1e-9);
      EXPECT_NEAR(number(d, DCM_ImageOrientationPatient, a + 3), v.GetDirection()[a][1], 1e-9);
    }
    EXPECT_EQ(number(d, DCM_PixelSpacing), 2.7);
    EXPECT_EQ(number(d, DCM_SpacingBetweenSlices), 4.4);
    EXPECT_EQ(number(d, DCM_SliceThickness), 4.0);
    const Uint16* pixels = nullptr;
    unsigned long count = 0;
    ASSERT_TRUE(d.findAndGetUint16Array(DCM_PixelData, pixels, &count).good());
    ASSERT_EQ(count, 72UL * 80UL);
    const float* expected = v.GetBufferPointer() + index[2] * 72 * 80;
    EXPECT_TRUE(std::equal(
        pixels, pixels + count, expected, [](Uint16 a, float b) { return static_cast<float>(a) == b; }));
  }
  EXPECT_EQ(seen.size(), 5U);
}

TEST_F(LumbarPhantomDicom, FileNamesDoNotFollowTheSlices) {
  write(oblique(), folder_);
  std::vector<long> numbers;
  for (const auto& path : files_in(folder_)) {
    DcmFileFormat file;
    ASSERT_TRUE(file.loadFile(path.c_str()).good());
    numbers.push_back(std::stol(text(*file.getDataset(), DCM_InstanceNumber)));
  }
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_FALSE(std::is_sorted(numbers.rbegin(), numbers.rend()));
}

TEST_F(LumbarPhantomDicom, SeriesOfOnePersonShareStudyAndFrameButNoImage) {
  Params p = oblique();
  write(p, folder_ / "t2");
  p.scan.contrast = phantom::Contrast::kStir;
  write(p, folder_ / "stir");
  std::set<std::string> studies, frames, series, images;
  for (const char* name : {"t2", "stir"}) {
    for (const auto& path : files_in(folder_ / name)) {
      DcmFileFormat file;
      ASSERT_TRUE(file.loadFile(path.c_str()).good());
      DcmDataset& d = *file.getDataset();
      studies.insert(text(d, DCM_StudyInstanceUID));
      frames.insert(text(d, DCM_FrameOfReferenceUID));
      series.insert(text(d, DCM_SeriesInstanceUID));
      images.insert(text(d, DCM_SOPInstanceUID));
    }
  }
  EXPECT_EQ(studies.size(), 1U);
  EXPECT_EQ(frames.size(), 1U);
  EXPECT_EQ(series.size(), 2U);
  EXPECT_EQ(images.size(), 10U);
  for (const auto& uid : images) EXPECT_LE(uid.size(), 64U);
}

TEST_F(LumbarPhantomDicom, SameParametersWriteTheSameFiles) {
  write(oblique(), folder_ / "a");
  write(oblique(), folder_ / "b");
  const auto bytes = [](const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  for (const auto& path : files_in(folder_ / "a")) {
    EXPECT_EQ(bytes(path), bytes(folder_ / "b" / path.filename())) << path.filename();
    EXPECT_GT(bytes(path).size(), 72U * 80U * 2U);
  }
}

TEST_F(LumbarPhantomDicom, ValidatorOfDicom3toolsFindsNoErrorNorWarning) {
  ASSERT_EQ(std::system("command -v dciodvfy > /dev/null 2>&1"), 0)
      << "dciodvfy is missing: tools/setup installs it (dicom3tools)";
  for (const auto contrast : {phantom::Contrast::kT1, phantom::Contrast::kT2, phantom::Contrast::kStir}) {
    Params p = oblique();
    p.scan.contrast = contrast;
    write(p, folder_ / std::to_string(static_cast<int>(contrast)));
  }
  for (const auto contrast : {phantom::Contrast::kT2, phantom::Contrast::kWater, phantom::Contrast::kFat}) {
    Params p = oblique();
    p.stack.plane = phantom::Plane::kAxial;
    p.stack.through = phantom::Level::kL4;
    p.muscle.drawn = true;
    p.scan.contrast = contrast;
    write(p, folder_ / ("axial" + std::to_string(static_cast<int>(contrast))));
  }
  std::size_t checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    const std::string command = "dciodvfy '" + entry.path().string() + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    ASSERT_TRUE(pipe);
    std::string said;
    std::array<char, 512> buffer{};
    while (fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr)
      said += buffer.data();
    EXPECT_THAT(said, testing::HasSubstr("MRImage")) << "dciodvfy did not recognise the file";
    EXPECT_THAT(said, testing::Not(testing::HasSubstr("Error"))) << entry.path();
    EXPECT_THAT(said, testing::Not(testing::HasSubstr("Warning"))) << entry.path();
    ++checked;
  }
  EXPECT_EQ(checked, 30U);
}

TEST_F(LumbarPhantomDicom, UnwritableFolderIsRefusedByName) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  try {
    write(oblique(), folder_ / "file" / "below");
    FAIL() << "wrote below a file";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kCreate);
    EXPECT_THAT(e.what(), testing::HasSubstr("below"));
  }
}

}  // namespace
}  // namespace ledd
