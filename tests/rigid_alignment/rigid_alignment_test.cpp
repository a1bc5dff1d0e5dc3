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
  params.stack.columns = 192;
  params.stack.rows = 256;
  params.stack.pixel_mm = 1.1;
  params.stack.slices = 13;
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

struct Move {
  Point mm;
};

TEST(RigidAlignment, FindsKnownShiftsWithinAThirdOfAMillimetre) {
  const auto t2 = scan(Contrast::kT2);
  for (const Contrast contrast : {Contrast::kT1, Contrast::kStir})
    for (const Point& moved_mm :
         {Point{0, 0, 0}, Point{0, 1.5, 0}, Point{0, 0, -2.5}, Point{1, -1, 2}, Point{-2, 1, 1}}) {
      const auto result = align(*t2, *scan(contrast, moved_mm));
      ASSERT_EQ(result.refusal, "");
      printf("contrast %d moved %.1f %.1f %.1f: found %.2f %.2f %.2f turn %.2f res %.3f -> %.3f\n",
             static_cast<int>(contrast),
             moved_mm[0],
             moved_mm[1],
             moved_mm[2],
             result.moving_from_fixed.shift_mm[0],
             result.moving_from_fixed.shift_mm[1],
             result.moving_from_fixed.shift_mm[2],
             result.moving_from_fixed.turn_deg(),
             result.resemblance_before,
             result.resemblance);
      for (unsigned a = 0; a < 3; ++a)
        EXPECT_NEAR(result.moving_from_fixed.shift_mm[a], moved_mm[a], 0.3) << "axis " << a;
      EXPECT_LT(result.moving_from_fixed.turn_deg(), 0.3);
    }
}

TEST(RigidAlignment, RefusesSixMillimetresAndSaysHowFar) {
  const auto t2 = scan(Contrast::kT2);
  for (const Point& moved_mm : {Point{0, 0, 6}, Point{0, -6, 0}, Point{6, 0, 0}}) {
    const auto result = align(*t2, *scan(Contrast::kT1, moved_mm));
    printf("refusal %s\n", result.refusal.c_str());
    EXPECT_THAT(result.refusal, HasSubstr("between the series, up to 3 mm"));
    EXPECT_EQ(result.moved, nullptr);
    EXPECT_NEAR(result.moving_from_fixed.shift_length_mm(), 6.0, 0.6);
  }
}

}  // namespace
