#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "two_bodies.h"

namespace ledd {
namespace {

/// Errors of one measure with the standard errors that were given.
class Errors {
 public:
  void add(double error, const DiscResult::Number& number) {
    ++n_;
    within_ += std::abs(error) <= 2.0 * number.se ? 1 : 0;
    squares_ += error * error;
    se_squares_ += number.se * number.se;
    worst_ = std::max(worst_, std::abs(error));
  }
  double covered() const { return static_cast<double>(within_) / n_; }
  double rms() const { return std::sqrt(squares_ / n_); }
  double se() const { return std::sqrt(se_squares_ / n_); }
  void print(const char* what) const {
    std::printf("  %-6s n %d  RMS %.3f  se %.3f  worst %.3f  within 2 se %.1f %%\n",
                what,
                n_,
                rms(),
                se(),
                worst_,
                100.0 * covered());
  }

 private:
  int n_ = 0, within_ = 0;
  double squares_ = 0.0, se_squares_ = 0.0, worst_ = 0.0;
};

class RandomJoints : public ::testing::TestWithParam<std::array<double, 3>> {};

TEST_P(RandomJoints, AreMeasuredWithinTwoStandardErrors) {
  constexpr int kJoints = 80;
  const auto& spacing_mm = GetParam();
  std::mt19937_64 random(31);
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random);
  };
  Errors ha, hm, hp, slip, angle;
  for (int n = 0; n < kJoints; ++n) {
    solid::Body body;
    body.ha_mm = body.hp_mm = between(22, 28);
    body.depth_mm = between(30, 37);
    body.width_mm = between(42, 50);
    body.sag_mm = between(0, 2);
    body.elliptic = between(0, 1) < 0.5;
    const solid::Joint joint{between(4, 12), between(-6, 9), between(-6, 14)};
    const auto upper = solid::posed(
        {between(-2, 2), between(-2, 2), 18}, between(-20, 20), between(-8, 8), between(-10, 10));
    const auto pair = solid::pair_of(body, upper, joint);
    // The joint lies below the upper body along its axis: the grid goes with it.
    const auto turn = solid::posed(solid::along({upper.centre_lps_mm}, upper.superior, -18.0),
                                   between(-8, 8),
                                   between(-8, 8),
                                   between(-8, 8));
    const auto labels = solid::rasterised(solid::pair_grid(spacing_mm, turn), {pair.upper, pair.lower});
    const auto result = solid::measured_discs(*labels);
    ASSERT_EQ(result.discs.size(), 1U);
    const auto& disc = result.discs[0];
    ASSERT_NE(disc.quality, Quality::kFailed) << n << ": " << disc.reason;
    ha.add(disc.ha_mm.value - pair.ha_mm, disc.ha_mm);
    hm.add(disc.hm_mm.value - pair.hm_mm, disc.hm_mm);
    hp.add(disc.hp_mm.value - pair.hp_mm, disc.hp_mm);
    slip.add(disc.slip_mm.value - pair.slip_mm, disc.slip_mm);
    angle.add(disc.angle_deg.value - joint.angle_deg, disc.angle_deg);
  }
  std::printf(
      "%.1f x %.1f x %.1f mm, %d joints (mm, deg):\n", spacing_mm[0], spacing_mm[1], spacing_mm[2], kJoints);
  ha.print("Ha");
  hm.print("Hm");
  hp.print("Hp");
  slip.print("slip");
  angle.print("angle");
  for (const Errors* e : {&ha, &hm, &hp, &slip, &angle}) {
    EXPECT_GE(e->covered(), 0.92);       // 95 % are meant; 80 joints scatter by 2.4 %
    EXPECT_LT(e->se(), 3.0 * e->rms());  // and not by claiming too little
  }
  EXPECT_LT(hm.rms(), 0.25 * spacing_mm[0]);
  EXPECT_LT(ha.rms(), 0.4 * spacing_mm[0]);
  EXPECT_LT(angle.rms(), 0.6);
}

INSTANTIATE_TEST_SUITE_P(Grids,
                         RandomJoints,
                         ::testing::Values(std::array<double, 3>{0.9, 0.9, 4.0},
                                           std::array<double, 3>{1.0, 1.0, 2.0},
                                           std::array<double, 3>{0.5, 0.5, 5.0}),
                         [](const auto& grid) { return "N" + std::to_string(grid.index); });

}  // namespace
}  // namespace ledd
