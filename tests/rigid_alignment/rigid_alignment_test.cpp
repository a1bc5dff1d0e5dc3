#include "ledd/rigid_alignment/rigid_alignment.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include "phantom.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::LumbarPhantom;
using ledd::Mask;
using ledd::Point;
using ledd::RigidAlignment;
using ledd::Volume;
using ledd::phantom::Contrast;
using Frames = ledd::RigidAlignment::Frames;
using testing::HasSubstr;

/// The person in one contrast, on a stack of its own, who has moved by `moved_mm` before the scan.
Volume::Pointer scan(Contrast contrast, const Point& moved_mm = {}, double turn_si_deg = 0.0) {
  LumbarPhantom::Params params;
  params.scan.contrast = contrast;
  params.stack.columns = 144;
  params.stack.rows = 176;
  params.stack.pixel_mm = 1.1;
  params.stack.slices = 11;
  params.stack.turn_about_si_deg = turn_si_deg;
  // The stack is put where it sees the person as it would see the one who moved; then its place is told as
  // if nobody had.
  params.stack.offset_left_mm = -moved_mm[0];
  params.stack.offset_posterior_mm -= moved_mm[1];
  params.stack.offset_superior_mm -= moved_mm[2];
  Context context;
  auto image = LumbarPhantom(params)(context).image;
  auto origin = image->GetOrigin();
  for (unsigned a = 0; a < 3; ++a) origin[a] += moved_mm[a];
  image->SetOrigin(origin);
  return image;
}

RigidAlignment::Result align(const Volume& fixed, const Volume& moving, Frames frames = Frames::kShared) {
  Context context;
  return RigidAlignment()(fixed, moving, frames, nullptr, context);
}

/// The T2 that all is brought onto.
const Volume& fixed_t2() {
  static const auto image = scan(Contrast::kT2);
  return *image;
}

struct Case {
  Contrast contrast;
  Point moved_mm;
};

class KnownShift : public testing::TestWithParam<Case> {};

TEST_P(KnownShift, IsFoundWithinAThirdOfAMillimetre) {
  const auto& [contrast, moved_mm] = GetParam();
  const auto result = align(fixed_t2(), *scan(contrast, moved_mm));
  ASSERT_EQ(result.refusal, "");
  for (unsigned a = 0; a < 3; ++a)
    EXPECT_NEAR(result.moving_from_fixed.shift_mm[a], moved_mm[a], 0.3) << "axis " << a;
  EXPECT_LT(result.moving_from_fixed.turn_deg(), 0.3);
}

INSTANTIATE_TEST_SUITE_P(RigidAlignment,
                         KnownShift,
                         testing::Values(Case{Contrast::kT1, {0, 0, 0}},
                                         Case{Contrast::kT1, {0, 1.5, 0}},
                                         Case{Contrast::kT1, {1, -1, 2}},
                                         Case{Contrast::kStir, {0, 0, -2.8}},
                                         Case{Contrast::kStir, {-2, 1, 1}}));

class LongShift : public testing::TestWithParam<Case> {};

TEST_P(LongShift, IsRefusedAndSaysHowFar) {
  const auto result = align(fixed_t2(), *scan(GetParam().contrast, GetParam().moved_mm));
  EXPECT_THAT(result.refusal, HasSubstr("between the series, up to 3 mm"));
  EXPECT_EQ(result.moved, nullptr);
  EXPECT_NEAR(result.moving_from_fixed.shift_length_mm(), 6.0, 0.6);
}

INSTANTIATE_TEST_SUITE_P(RigidAlignment,
                         LongShift,
                         testing::Values(Case{Contrast::kT1, {0, 0, 6}}, Case{Contrast::kStir, {0, -6, 0}}));

TEST(RigidAlignment, FindsARotation) {
  auto t1 = scan(Contrast::kT1);
  // The T1's grid turned by 2 degrees about the left-right axis: the person nodded.
  const double angle = 2.0 / 57.29577951308232;
  auto direction = t1->GetDirection();
  auto origin = t1->GetOrigin();
  const auto turn = [&](double& y, double& z) {
    const double turned_y = std::cos(angle) * y - std::sin(angle) * z;
    z = std::sin(angle) * y + std::cos(angle) * z;
    y = turned_y;
  };
  for (unsigned c = 0; c < 3; ++c) turn(direction(1, c), direction(2, c));
  turn(origin[1], origin[2]);
  t1->SetDirection(direction);
  t1->SetOrigin(origin);
  const auto result = align(fixed_t2(), *t1);
  ASSERT_EQ(result.refusal, "");
  EXPECT_NEAR(result.moving_from_fixed.turn_deg(), 2.0, 0.3);
  const Point found = result.moving_from_fixed({0, 40, 30});
  Point truth{0, 40, 30};
  turn(truth[1], truth[2]);
  for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(found[a], truth[a], 0.4) << "axis " << a;
}

/// Mean absolute difference of two images on one grid, where `inside`.
double difference(const Volume& a, const Volume& b, const Mask& inside) {
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t i = 0; i < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++i) {
    if (inside.GetBufferPointer()[i] == 0) continue;
    sum +=
        std::abs(static_cast<double>(a.GetBufferPointer()[i]) - static_cast<double>(b.GetBufferPointer()[i]));
    count += 1.0;
  }
  return sum / count;
}

TEST(RigidAlignment, TheMovedImageLiesOnTheFixedOne) {
  const auto moving = scan(Contrast::kT2, {0, 1.1, -1.1});
  const auto result = align(fixed_t2(), *moving);
  ASSERT_EQ(result.refusal, "");
  EXPECT_TRUE(result.refined);
  EXPECT_GT(result.resemblance, result.resemblance_before);
  ledd::require_same_grid(fixed_t2(), *result.moved, "fixed and moved");
  ledd::require_same_grid(fixed_t2(), *result.inside, "fixed and inside");
  // Where the motion is a whole number of pixels, the patient coordinates alone are the shifted grid.
  const auto by_coordinates = scan(Contrast::kT2);
  const auto size = fixed_t2().GetLargestPossibleRegion().GetSize();
  const long step = static_cast<long>(size[0]) + 1;  // 1.1 mm down and back, in pixels of 1.1 mm
  const auto count = static_cast<long>(fixed_t2().GetLargestPossibleRegion().GetNumberOfPixels());
  for (long i = 0; i < count; ++i) {
    const long from = i - step;
    by_coordinates->GetBufferPointer()[i] = from < 0 ? 0.0F : fixed_t2().GetBufferPointer()[from];
  }
  EXPECT_LT(difference(fixed_t2(), *result.moved, *result.inside),
            0.6 * difference(fixed_t2(), *by_coordinates, *result.inside));
}

TEST(RigidAlignment, IsTheSameForAnyNumberOfThreads) {
  const auto t1 = scan(Contrast::kT1, {0, 1, 1});
  std::vector<RigidAlignment::Result> results;
  for (const int threads : {1, 2, 1}) {
    Context context({}, threads);
    results.push_back(RigidAlignment()(fixed_t2(), *t1, Frames::kShared, nullptr, context));
  }
  for (std::size_t n : {1U, 2U}) {
    EXPECT_EQ(results[n].moving_from_fixed.shift_mm, results[0].moving_from_fixed.shift_mm);
    EXPECT_EQ(results[n].moving_from_fixed.rotation, results[0].moving_from_fixed.rotation);
    EXPECT_EQ(results[n].resemblance, results[0].resemblance);
  }
}

TEST(RigidAlignment, RefusesWhatCannotBeCompared) {
  EXPECT_THAT(align(fixed_t2(), fixed_t2(), Frames::kDifferent).refusal,
              HasSubstr("different frames of reference"));
  auto far = scan(Contrast::kT1);
  auto origin = far->GetOrigin();
  origin[2] += 400;
  far->SetOrigin(origin);
  EXPECT_THAT(align(fixed_t2(), *far).refusal, HasSubstr("covers 0 % of the fixed one"));
  auto noise = scan(Contrast::kT2);
  std::mt19937 random(7);
  for (std::size_t i = 0; i < noise->GetLargestPossibleRegion().GetNumberOfPixels(); ++i)
    noise->GetBufferPointer()[i] = static_cast<float>(random() % 1000U);
  EXPECT_THAT(align(fixed_t2(), *noise).refusal, HasSubstr("next to nothing in common"));
}

TEST(RigidAlignment, ARegionDecidesWhatIsCompared) {
  const auto t1 = scan(Contrast::kT1, {0, 0, 2});
  auto region = Mask::New();
  region->CopyInformation(&fixed_t2());
  region->SetRegions(fixed_t2().GetLargestPossibleRegion());
  region->Allocate(true);
  Context context;
  EXPECT_THROW(RigidAlignment()(fixed_t2(), *t1, Frames::kShared, region.GetPointer(), context), Error);
  const auto size = fixed_t2().GetLargestPossibleRegion().GetSize();
  for (std::size_t k = 2; k < 9; ++k)
    for (std::size_t j = 20; j < size[1] - 20; ++j)
      for (std::size_t i = 30; i < 120; ++i) region->GetBufferPointer()[(k * size[1] + j) * size[0] + i] = 1;
  const auto result = RigidAlignment()(fixed_t2(), *t1, Frames::kShared, region.GetPointer(), context);
  ASSERT_EQ(result.refusal, "");
  EXPECT_NEAR(result.moving_from_fixed.shift_mm[2], 2.0, 0.3);
}

TEST(RigidAlignment, SaysWhatIsWrongWithItsInput) {
  const auto flat = ledd::phantom::blank<Volume>({20, 20, 5}, {1, 1, 4}, 3.0F);
  EXPECT_THROW(align(fixed_t2(), *flat), Error);
  EXPECT_THROW(align(*ledd::phantom::blank<Volume>({20, 2, 5}, {1, 1, 4}, 3.0F), fixed_t2()), Error);
  RigidAlignment::Params params;
  params.max_shift_mm = std::nan("");
  EXPECT_THROW(RigidAlignment{params}, Error);
}

}  // namespace
