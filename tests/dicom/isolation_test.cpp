// Reading in children gives what reading in this process gives, and leaves nothing behind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"
#include "realdata.h"

namespace ledd::dicom {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::pictures;

std::vector<std::string> children() {
  std::vector<std::string> all;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (std::string child; list >> child;) all.push_back(child);
  }
  return all;
}

std::vector<float> voxels(const Stack& stack, Isolation isolation) {
  Context context({}, 2);
  const Volume::Pointer volume = load(stack, context, isolation);
  const float* first = volume->GetBufferPointer();
  return {first, first + volume->GetPixelContainer()->Size()};
}

void expect_same(const Stack& a, const Stack& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.problem, b.problem);
  EXPECT_EQ(a.patient_id, b.patient_id);
  EXPECT_EQ(a.series_uid, b.series_uid);
  EXPECT_EQ(a.manufacturer, b.manufacturer);
  EXPECT_EQ(a.image_type, b.image_type);
  EXPECT_EQ(a.echo_time_ms, b.echo_time_ms);
  EXPECT_EQ(a.repetition_time_ms, b.repetition_time_ms);
  EXPECT_EQ(a.rescale_type, b.rescale_type);
  EXPECT_EQ(a.normal_lps, b.normal_lps);
  EXPECT_EQ(a.slice_spacing_mm, b.slice_spacing_mm);
  ASSERT_EQ(a.patient_study.size(), b.patient_study.size());
  for (std::size_t i = 0; i < a.patient_study.size(); ++i)
    EXPECT_EQ(a.patient_study[i].value, b.patient_study[i].value);
  ASSERT_EQ(a.slices.size(), b.slices.size());
  for (std::size_t k = 0; k < a.slices.size(); ++k) {
    EXPECT_EQ(a.slices[k].path, b.slices[k].path);
    EXPECT_EQ(a.slices[k].position_lps_mm, b.slices[k].position_lps_mm);
    EXPECT_EQ(a.slices[k].rescale_slope, b.slices[k].rescale_slope);
  }
}

void expect_same_with_and_without(const std::filesystem::path& folder) {
  Context context({}, 2);
  const Index on = index({folder}, context, Isolation::kOn);
  const Index off = index({folder}, context, Isolation::kOff);
  ASSERT_EQ(on.files.size(), off.files.size());
  for (std::size_t i = 0; i < on.files.size(); ++i) {
    EXPECT_EQ(on.files[i].path, off.files[i].path);
    EXPECT_EQ(on.files[i].decision, off.files[i].decision);
    EXPECT_EQ(on.files[i].stack_id, off.files[i].stack_id);
    EXPECT_EQ(on.files[i].reason, off.files[i].reason);
  }
  ASSERT_EQ(on.stacks.size(), off.stacks.size());
  for (std::size_t s = 0; s < on.stacks.size(); ++s) {
    expect_same(on.stacks[s], off.stacks[s]);
    if (!on.stacks[s].problem.empty()) continue;
    EXPECT_EQ(voxels(on.stacks[s], Isolation::kOn), voxels(off.stacks[s], Isolation::kOff));
  }
}

TEST(Isolation, ChangesNoResult) {
  const Folder folder;
  for (const testing::Syntax syntax : {testing::Syntax::kExplicit,
                                       testing::Syntax::kImplicit,
                                       testing::Syntax::kBigEndian,
                                       testing::Syntax::kDeflated,
                                       testing::Syntax::kJpegLs,
                                       testing::Syntax::kJpegLossless,
                                       testing::Syntax::kRle}) {
    testing::Series series = testing::compressible_series();
    series.uid = fmt::format("1.2.3.{}", 100 + static_cast<int>(syntax));
    auto all = pictures(series);
    for (auto& picture : all) {
      picture.syntax = syntax;
      picture.attributes = {{"EchoTime", "4.5"}, {"RescaleSlope", "0.25"}, {"RescaleIntercept", "-7"}};
    }
    std::filesystem::create_directory(folder / series.uid);
    testing::write(all, folder / series.uid);
  }
  testing::Enhanced enhanced{pictures({.slices = 4, .uid = "1.2.3.200"})};
  testing::write(enhanced, folder / "enhanced.dcm");
  testing::write_bytes(folder / "noise", std::string(5000, '\x91'));
  expect_same_with_and_without(folder.path());
}

TEST(Isolation, ChangesNoResultOfTheAwkwardCollection) {
  LEDD_NEEDS_REALDATA("dicom-tricky");
  expect_same_with_and_without(realdata() / "dicom-tricky");
}

TEST(Isolation, NoChildIsLeft) {
  const Folder folder;
  testing::write(pictures({.slices = 40}), folder.path());
  Context context({}, 2);
  const Index found = index({folder.path()}, context);
  EXPECT_THAT(children(), IsEmpty());
  load(found.stacks.at(0), context);
  EXPECT_THAT(children(), IsEmpty());
}

TEST(Isolation, AMissingProgramIsAnErrorNotAnEmptyIndex) {
  const Folder folder;
  ASSERT_EQ(::setenv("LEDD_LIBEXEC", folder.path().c_str(), 1), 0);
  Context context;
  try {
    index({folder.path()}, context);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kInternal);
    EXPECT_THAT(error.what(), HasSubstr("ledd-dicom: is missing"));
  }
  ::unsetenv("LEDD_LIBEXEC");
}

}  // namespace
}  // namespace ledd::dicom
