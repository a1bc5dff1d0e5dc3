#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "ledd/dicom/dicom.h"
#include "ledd/knee_phantom/knee_phantom.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;
using namespace knee_phantom;  // NOLINT(google-build-using-namespace): the library's own

class KneePhantomDicom : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("ledd_knee_" + std::to_string(getpid()) + info->name());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Params oblique() {
    Params p;
    p.stack.pixel_mm = 2.0;
    p.stack.columns = 60;
    p.stack.rows = 70;
    p.stack.slices = 6;
    p.stack.pitch_mm = 10.0;
    p.stack.thickness_mm = 4.0;
    p.stack.turn_about_si_deg = 8.0;
    p.stack.turn_about_pa_deg = -3.0;
    p.scan.echoes = 3;
    return p;
  }
  KneePhantom::Result write(const Params& params, const fs::path& folder) const {
    Context context({}, 2);
    auto result = KneePhantom(params)(context);
    write_dicom(result, params, folder);
    return result;
  }

  fs::path folder_;
};

TEST_F(KneePhantomDicom, BothEchoesAreReadBackAsTheVolumesOfOneSeries) {
  Params p = oblique();
  p.knee.side = anatomy::Side::kLeft;
  const auto result = write(p, folder_);
  Context context;
  const auto index = dicom::index({folder_}, context);
  ASSERT_EQ(index.stacks.size(), 2U);
  EXPECT_EQ(index.stacks[0].series_uid, index.stacks[1].series_uid);
  for (std::size_t e = 0; e < 2; ++e) {
    const auto& stack = index.stacks[e];
    EXPECT_EQ(stack.problem, "");
    EXPECT_EQ(stack.laterality, "L");
    EXPECT_NEAR(stack.echo_time_ms.value_or(0.0), result.echo_times_ms[e], 1e-9);
    const auto volume = dicom::load(stack, context);
    const auto expected = reorient(*result.echoes[e], axes_of(*volume));
    ASSERT_EQ(volume->GetLargestPossibleRegion().GetSize(), expected->GetLargestPossibleRegion().GetSize());
    for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(volume->GetOrigin()[a], expected->GetOrigin()[a], 1e-6);
    const std::size_t n = volume->GetLargestPossibleRegion().GetNumberOfPixels();
    EXPECT_TRUE(
        std::equal(volume->GetBufferPointer(), volume->GetBufferPointer() + n, expected->GetBufferPointer()));
  }
}

TEST_F(KneePhantomDicom, ValidatorOfDicom3toolsFindsNoErrorNorWarning) {
  ASSERT_EQ(std::system("command -v dciodvfy > /dev/null 2>&1"), 0)
      << "dciodvfy is missing: tools/setup installs it (dicom3tools)";
  Params p = oblique();
  write(p, folder_ / "dess");
  p.scan.sequence = Sequence::kMultiEcho;
  write(p, folder_ / "mese");
  p.knee.both = true;
  p.stack.plane = Plane::kCoronal;
  write(p, folder_ / "both");
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
  EXPECT_EQ(checked, 6U * (2U + 3U + 3U));
}

}  // namespace
}  // namespace ledd
