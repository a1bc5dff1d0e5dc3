#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/dicom/dicom.h"
#include "ledd/torso_phantom/torso_phantom.h"

#include "folder.h"

namespace ledd {
namespace {

using torso_phantom::Params;

Params small() {
  Params p;
  p.scan.columns = 40;
  p.scan.rows = 36;
  p.scan.pixel_mm = 9.25;
  p.scan.slices = 9;
  p.scan.pitch_mm = 4.0;
  p.scan.thickness_mm = 2.5;
  return p;
}

dicom::Index write(const Params& params, const Folder& folder, TorsoPhantom::Result* kept = nullptr) {
  Context context;
  const auto result = TorsoPhantom(params)(context);
  torso_phantom::write_dicom(result, params, folder.path());
  if (kept != nullptr) *kept = result;
  return dicom::index({folder.path()}, context);
}

TEST(TorsoPhantomDicom, ReadsBackAsTheVolume) {
  const Folder folder;
  TorsoPhantom::Result result;
  const auto index = write(small(), folder, &result);
  ASSERT_EQ(index.stacks.size(), 1U);
  const auto& stack = index.stacks[0];
  EXPECT_EQ(stack.problem, "");
  EXPECT_EQ(stack.modality, "CT");
  EXPECT_EQ(stack.rescale_type, "HU");
  EXPECT_EQ(stack.kvp, 120.0);
  EXPECT_EQ(stack.slice_thickness_mm, 2.5);
  EXPECT_EQ(stack.convolution_kernel, "STANDARD");
  EXPECT_EQ(stack.contrast_agent, "");
  EXPECT_EQ(stack.body_part, "ABDOMENPELVIS");
  EXPECT_EQ(stack.slices.at(0).rescale_intercept, -1024.0);
  Context context;
  const auto read = dicom::load(stack, context);
  ASSERT_EQ(read->GetBufferedRegion().GetSize(), result.scan->GetBufferedRegion().GetSize());
  for (unsigned a = 0; a < 3; ++a) {
    EXPECT_NEAR(read->GetSpacing()[a], result.scan->GetSpacing()[a], 1e-9);
    EXPECT_NEAR(read->GetOrigin()[a], result.scan->GetOrigin()[a], 1e-9);
  }
  const std::size_t n = read->GetBufferedRegion().GetNumberOfPixels();
  EXPECT_TRUE(
      std::equal(read->GetBufferPointer(), read->GetBufferPointer() + n, result.scan->GetBufferPointer()));
}

TEST(TorsoPhantomDicom, StatesContrastAndKernelAndMayLeaveOutTheVoltage) {
  Params p = small();
  p.body.contrast = true;
  p.scan.kernel = torso_phantom::Kernel::kSharp;
  p.scan.kvp_tag = false;
  const Folder folder;
  const auto index = write(p, folder);
  ASSERT_EQ(index.stacks.size(), 1U);
  EXPECT_EQ(index.stacks[0].contrast_agent, "Iohexol");
  EXPECT_EQ(index.stacks[0].convolution_kernel, "SHARP");
  EXPECT_EQ(index.stacks[0].kvp, std::nullopt);
}

TEST(TorsoPhantomDicom, AMissingSliceIsAGap) {
  Params p = small();
  p.scan.missing_slice = 4;
  const Folder folder;
  EXPECT_EQ(folder.entries(), 0);
  const auto index = write(p, folder);
  EXPECT_EQ(folder.entries(), 8);
  ASSERT_EQ(index.stacks.size(), 1U);
  EXPECT_NE(index.stacks[0].problem, "");
}

TEST(TorsoPhantomDicom, TwoScansOfOnePersonShareTheStudyAlone) {
  Params p = small();
  const Folder one, two;
  const auto first = write(p, one);
  p.scan.kernel = torso_phantom::Kernel::kSharp;
  const auto second = write(p, two);
  EXPECT_EQ(first.stacks.at(0).study_uid, second.stacks.at(0).study_uid);
  EXPECT_NE(first.stacks.at(0).series_uid, second.stacks.at(0).series_uid);
}

}  // namespace
}  // namespace ledd
