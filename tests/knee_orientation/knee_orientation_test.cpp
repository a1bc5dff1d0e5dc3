#include "ledd/knee_orientation/knee_orientation.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/knee_phantom/knee_phantom.h"

namespace ledd {
namespace {

using Plane = KneeOrientation::Plane;
using testing::HasSubstr;

KneePhantom::Params coarse() {
  KneePhantom::Params p;
  p.stack.columns = p.stack.rows = 80;
  p.stack.pixel_mm = 1.0;
  p.knee.shift_superior_mm = 10;
  p.stack.slices = 60;
  p.stack.pitch_mm = p.stack.thickness_mm = 2.0;
  return p;
}

Volume::Pointer drawn(const KneePhantom::Params& params) {
  Context context;
  return KneePhantom(params)(context).echoes.front();
}

/// Both knees in coronal slices of isotropic voxels.
KneePhantom::Params both_coronal() {
  KneePhantom::Params p = coarse();
  p.knee.both = true;
  p.stack.plane = knee_phantom::Plane::kCoronal;
  p.stack.columns = 300;
  p.stack.rows = 50;
  p.stack.pixel_mm = 1.2;
  p.stack.pitch_mm = p.stack.thickness_mm = 1.2;
  p.stack.slices = 70;
  return p;
}

std::string refusal(const Volume& volume, const KneeOrientation::Params& params = {}) {
  Context context;
  try {
    KneeOrientation{params}(volume, context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

TEST(KneeOrientation, SagittalStackKeepsItsVoxelsInTheWorkingOrder) {
  const auto volume = drawn(coarse());
  const auto other = reorient(*volume, {Toward::kLeft, Toward::kSuperior, Toward::kAnterior});
  Context context;
  const auto result = KneeOrientation()(*other, context);
  ASSERT_EQ(result.knees.size(), 1U);
  EXPECT_EQ(result.plane, Plane::kSagittal);
  EXPECT_FALSE(result.flagged);
  const Volume& knee = *result.knees[0].sagittal;
  EXPECT_EQ(axes_of(knee), (std::array{Toward::kPosterior, Toward::kInferior, Toward::kRight}));
  const auto expected = reorient(*volume, axes_of(knee));
  require_same_grid(knee, *expected, "found and expected");
  const std::size_t n = knee.GetLargestPossibleRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(knee.GetBufferPointer(), knee.GetBufferPointer() + n, expected->GetBufferPointer()));
}

TEST(KneeOrientation, CentreTellsTheSideOfTheTable) {
  Context context;
  KneePhantom::Params p = coarse();
  EXPECT_NEAR(KneeOrientation()(*drawn(p), context).knees[0].centre_left_mm, -90.0, 1.0);
  p.knee.side = anatomy::Side::kLeft;
  EXPECT_NEAR(KneeOrientation()(*drawn(p), context).knees[0].centre_left_mm, 90.0, 1.0);
}

TEST(KneeOrientation, TwoKneesAreTwoResultsOnTheirOwnSides) {
  Context context;
  const auto volume = drawn(both_coronal());
  const auto result = KneeOrientation()(*volume, context);
  ASSERT_EQ(result.knees.size(), 2U);
  EXPECT_EQ(result.plane, Plane::kIsotropic);
  EXPECT_TRUE(result.knees[0].one_of_two && result.knees[1].one_of_two);
  EXPECT_EQ(result.knees[0].toward, Toward::kRight);
  EXPECT_LT(result.knees[0].centre_left_mm, -50.0);
  EXPECT_GT(result.knees[1].centre_left_mm, 50.0);
  const auto slices = [](const KneeOrientation::Knee& k) {
    return k.sagittal->GetLargestPossibleRegion().GetSize(2);
  };
  EXPECT_EQ(slices(result.knees[0]) + slices(result.knees[1]), volume->GetLargestPossibleRegion().GetSize(0));
  for (const auto& knee : result.knees) {  // every voxel where it was
    Volume::IndexType in{};
    in[0] = in[1] = 20;
    in[2] = 30;
    Volume::PointType p;
    knee.sagittal->TransformIndexToPhysicalPoint(in, p);
    Volume::IndexType source{};
    ASSERT_TRUE(volume->TransformPhysicalPointToIndex(p, source));
    EXPECT_EQ(knee.sagittal->GetPixel(in), volume->GetPixel(source));
  }
}

TEST(KneeOrientation, LegsWithoutAGapInAWideViewAreRefused) {
  KneePhantom::Params p = both_coronal();
  p.knee.beside_table_mm = 58;  // the skins touch
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("too wide for one knee"));
}

TEST(KneeOrientation, ThickCoronalSlicesAreRefusedAndFineOnesTaken) {
  KneePhantom::Params p = coarse();
  p.stack.plane = knee_phantom::Plane::kCoronal;
  p.stack.columns = 120;
  p.stack.rows = 60;
  p.stack.slices = 30;
  p.stack.pitch_mm = 3.0;
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("coronal slices with voxels of 3.00"));
  p.stack.slices = 80;
  p.stack.pitch_mm = p.stack.thickness_mm = 1.25;
  Context context;
  const auto result = KneeOrientation()(*drawn(p), context);
  EXPECT_EQ(result.plane, Plane::kCoronal);
  EXPECT_THAT(result.notes, testing::ElementsAre(HasSubstr("reformatted")));
}

TEST(KneeOrientation, TiltIsFlaggedAndThenRefused) {
  Context context;
  KneePhantom::Params p = coarse();
  p.stack.turn_about_si_deg = 25;
  const auto result = KneeOrientation()(*drawn(p), context);
  EXPECT_TRUE(result.flagged);
  EXPECT_NEAR(result.tilt_deg, 25.0, 0.01);
  p.stack.turn_about_si_deg = 38;
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("tilted by 38 degrees"));
}

TEST(KneeOrientation, TooFewSlicesSmallViewsAndEmptyImagesAreRefused) {
  KneePhantom::Params p = coarse();
  p.stack.slices = 4;
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("4 slices"));
  p.stack.slices = 12;
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("from left to right"));
  p = coarse();
  p.stack.pixel_mm = 1.2;
  EXPECT_THAT(refusal(*drawn(p)), HasSubstr("pixels of at most 1 mm"));
  const auto empty = drawn(coarse());
  empty->FillBuffer(0.0F);
  EXPECT_THAT(refusal(*empty), HasSubstr("empty"));
}

TEST(KneeOrientation, ParametersOutOfRangeAreRefused) {
  KneeOrientation::Params p;
  p.max_slice_mm = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(KneeOrientation{p}, Error);
}

}  // namespace
}  // namespace ledd
