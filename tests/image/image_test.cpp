#include "ledd/image/image.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>

#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd {
namespace {

/// A volume whose voxels all differ, turned by `turn_deg` about the x axis.
Volume::Pointer ramp(double turn_deg) {
  auto volume = phantom::blank<Volume>({3, 4, 5}, {0.5, 1.0, 2.0}, 0.0F);
  Volume::DirectionType direction;
  direction.SetIdentity();
  const double angle_rad = turn_deg * M_PI / 180.0;
  direction(1, 1) = direction(2, 2) = std::cos(angle_rad);
  direction(1, 2) = -std::sin(angle_rad);
  direction(2, 1) = std::sin(angle_rad);
  volume->SetDirection(direction);
  const std::array<double, 3> origin_mm{10.0, -20.0, 30.0};
  volume->SetOrigin(origin_mm.data());
  for (int n = 0; n < 60; ++n) volume->GetBufferPointer()[n] = static_cast<float>(n);
  return volume;
}

float value_at(const Volume& volume, const Volume::PointType& where) {
  Volume::IndexType index;
  EXPECT_TRUE(volume.TransformPhysicalPointToIndex(where, index));
  return volume.GetPixel(index);
}

class Reorient : public ::testing::TestWithParam<double> {};

TEST_P(Reorient, KeepsEveryVoxelAtItsPhysicalPosition) {
  const auto volume = ramp(GetParam());
  const auto turned = reorient(*volume, {Toward::kPosterior, Toward::kInferior, Toward::kRight});
  EXPECT_EQ(axes_of(*turned)[0], Toward::kPosterior);
  EXPECT_EQ(axes_of(*turned)[1], Toward::kInferior);
  EXPECT_EQ(axes_of(*turned)[2], Toward::kRight);
  for (long k = 0; k < 5; ++k)
    for (long j = 0; j < 4; ++j)
      for (long i = 0; i < 3; ++i) {
        Volume::PointType where;
        volume->TransformIndexToPhysicalPoint({{i, j, k}}, where);
        EXPECT_EQ(value_at(*turned, where), volume->GetPixel({{i, j, k}}));
      }
}

INSTANTIATE_TEST_SUITE_P(StraightAndOblique, Reorient, ::testing::Values(0.0, 20.0, -40.0, 100.0));

TEST(Reorient, ThereAndBackIsIdentity) {
  const auto volume = ramp(25.0);
  const auto back =
      reorient(*reorient(*volume, {Toward::kInferior, Toward::kRight, Toward::kAnterior}), axes_of(*volume));
  EXPECT_NO_THROW(require_same_grid(*volume, *back, "there and back"));
  for (int n = 0; n < 60; ++n) EXPECT_EQ(back->GetBufferPointer()[n], volume->GetBufferPointer()[n]);
}

TEST(Reorient, RefusesAnAxisNamedTwice) {
  EXPECT_THROW(reorient(*ramp(0.0), {Toward::kLeft, Toward::kRight, Toward::kSuperior}), Error);
}

TEST(RequireSameGrid, NamesThePartThatDiffers) {
  const auto a = ramp(0.0);
  const auto b = ramp(0.1);
  try {
    require_same_grid(*a, *b, "scan and labels");
    FAIL() << "accepted two directions";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "scan and labels: the grids differ in direction");
    EXPECT_EQ(e.code(), Errc::kInput);
  }
}

}  // namespace
}  // namespace ledd
