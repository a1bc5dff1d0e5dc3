#include "ledd/knee_orientation/part_knees.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/core/error.h"

#include "plain_knee.h"

namespace ledd {
namespace {

using plain_knee::Shape;
using ::testing::HasSubstr;

/// Two knees `apart_mm` between their middles, on slices turned by `yaw_deg` from sagittal.
Labels::Pointer both(double apart_mm, double yaw_deg, double half_second = 0.0) {
  Shape left;
  left.left = true;
  auto image = testing::oblique_grid<Labels>({1.2, 1.2, 1.4}, {240, 130, 116}, {0, -2, 22}, {yaw_deg, 5});
  testing::fill(*image, [&](const Point& p) -> std::uint16_t {
    if (p[0] < 0) return plain_knee::label({}, {p[0] + 0.5 * apart_mm, p[1], p[2]});
    const double x = p[0] - 0.5 * apart_mm;
    return half_second > 0.0 && x < half_second ? std::uint16_t{0} : plain_knee::label(left, {x, p[1], p[2]});
  });
  return image;
}

std::size_t voxels(const Labels& labels) {
  const auto* first = labels.GetBufferPointer();
  const auto count = static_cast<long>(labels.GetLargestPossibleRegion().GetNumberOfPixels());
  return static_cast<std::size_t>(count - std::count(first, first + count, 0));
}

TEST(PartKnees, TwoKneesArePartedWhollyAlsoOnObliqueSlices) {
  for (const double yaw_deg : {0.0, 20.0}) {
    const auto labels = both(100, yaw_deg);
    const auto knees = part_knees(*labels);
    ASSERT_EQ(knees.size(), 2U);
    EXPECT_EQ(knees[0].toward, Toward::kRight);
    EXPECT_NEAR(knees[0].centre_left_mm, -50, 3);
    EXPECT_EQ(knees[1].toward, Toward::kLeft);
    EXPECT_NEAR(knees[1].centre_left_mm, 50, 3);
    EXPECT_EQ(voxels(*knees[0].labels) + voxels(*knees[1].labels), voxels(*labels));
    for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
      Labels::PointType p;
      labels->TransformIndexToPhysicalPoint(labels->ComputeIndex(static_cast<long>(n)), p);
      const auto& own = p[0] < 0 ? knees[0] : knees[1];
      ASSERT_EQ(own.labels->GetBufferPointer()[n], labels->GetBufferPointer()[n]);
    }
  }
}

TEST(PartKnees, OneKneeStaysOneAndIsACopy) {
  const auto labels = plain_knee::draw({});
  const auto knees = part_knees(*labels);
  ASSERT_EQ(knees.size(), 1U);
  EXPECT_FALSE(knees[0].one_of_two);
  EXPECT_EQ(voxels(*knees[0].labels), voxels(*labels));
  EXPECT_NE(knees[0].labels.GetPointer(), labels.GetPointer());
}

TEST(PartKnees, StrayVoxelsOfBoneAreNoSecondKnee) {
  auto labels = plain_knee::draw({});
  labels->GetBufferPointer()[0] = anatomy::kFemur;
  EXPECT_EQ(part_knees(*labels).size(), 1U);
}

TEST(PartKnees, AnEmptyMapIsOneKnee) {
  auto labels = plain_knee::draw({});
  labels->FillBuffer(0);
  EXPECT_EQ(part_knees(*labels).size(), 1U);
}

TEST(PartKnees, AHalfSecondKneeIsRefused) {
  try {
    part_knees(*both(100, 0.0, 10.0));
    FAIL() << "half a knee was taken for a knee";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("whole knees"));
  }
}

}  // namespace
}  // namespace ledd
