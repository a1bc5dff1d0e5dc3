#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <map>
#include <optional>

#include "ledd/anatomy/anatomy.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/vertebral_deformity/level_norms.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include "column.h"

namespace ledd {
namespace {

using Type = DeformityResult::Type;
using column::Broken;

const DeformityResult::Body& body_of(const DeformityResult& result, std::uint16_t id) {
  for (const auto& b : result.bodies)
    if (b.id == id) return b;
  throw Error(Errc::kInternal, anatomy::short_name(id) + " is missing");
}

DeformityResult measure(const Labels& labels) {
  Context context;
  return VertebralDeformity()(SpineMorphometry()(labels, context), labels, context);
}

int true_grade(double loss_percent) {
  return loss_percent > 40.0 ? 3 : loss_percent >= 25.0 ? 2 : loss_percent >= 20.0 ? 1 : 0;
}

struct Tally {
  int n = 0, called = 0, right_type = 0, within_one = 0, flagged = 0;
  double error = 0.0;
};

TEST(VertebralDeformityPhantom, ClearDeformitiesAreFoundAndNamedAtEveryLevel) {
  std::map<std::pair<Type, int>, Tally> tallies;
  int bystanders = 0;
  int bystanders_called = 0;
  for (const Type type : {Type::kWedge, Type::kBiconcave, Type::kCrush})
    for (const int loss : {15, 20, 25, 30, 40, 50})
      for (std::uint16_t id = 18; id <= 24; ++id) {
        const auto labels =
            column::labels(Broken{id, type, 0.01 * loss}, 7U * id + static_cast<unsigned>(loss));
        const auto result = measure(*labels);
        for (const auto& other : result.bodies) {
          if (other.id == id || !other.grade.value) continue;
          ++bystanders;
          if (*other.grade.value > 0.0) ++bystanders_called;
        }
        const auto& b = body_of(result, id);
        if (!b.grade.value) continue;
        Tally& t = tallies[{type, loss}];
        ++t.n;
        t.error += *b.loss_percent.value - loss;
        if (b.grade.quality == Quality::kUncertain) ++t.flagged;
        if (*b.grade.value == 0.0) continue;
        ++t.called;
        if (b.type == type) ++t.right_type;
        if (std::abs(*b.grade.value - true_grade(loss)) <= 1.0) ++t.within_one;
      }
  std::printf("type       loss   n  called  right type  grade within 1  flagged  mean error of loss\n");
  const std::array<const char*, 4> names{"", "wedge", "biconcave", "crush"};
  for (const auto& [key, t] : tallies) {
    std::printf("%-9s  %2d %%  %2d  %6d  %10d  %14d  %7d  %.1f %%\n",
                names[static_cast<std::size_t>(key.first)],
                key.second,
                t.n,
                t.called,
                t.right_type,
                t.within_one,
                t.flagged,
                t.error / t.n);
    EXPECT_GE(t.n, 7);
    EXPECT_EQ(t.right_type, t.called) << names[static_cast<std::size_t>(key.first)] << key.second;
    EXPECT_EQ(t.within_one, t.called);
    if (key.second >= 40) {
      EXPECT_EQ(t.called, t.n) << names[static_cast<std::size_t>(key.first)] << key.second;
    }
    if (key.second == 15) {
      EXPECT_EQ(t.called, 0);
    }
    EXPECT_NEAR(t.error / t.n, 0.0, 5.0);
  }
  std::printf("of %d sound bodies beside them %d were called\n", bystanders, bystanders_called);
  EXPECT_EQ(bystanders_called, 0);
}

/// The phantom of a whole lumbar scan, broken in its own way: other solids, rounded edges, another code.
TEST(VertebralDeformityPhantom, TheScanPhantomsFractureIsGradedAndItsNeighboursAreNot) {
  using phantom::Deformity;
  const std::array<std::pair<Deformity, Type>, 3> kinds{{{Deformity::kWedge, Type::kWedge},
                                                         {Deformity::kBiconcave, Type::kBiconcave},
                                                         {Deformity::kCrush, Type::kCrush}}};
  for (const auto& [drawn, type] : kinds) {
    phantom::Params params;
    params.spine.seed = 3;
    params.spine.fracture_level = phantom::Level::kL2;
    params.spine.fracture_type = drawn;
    params.spine.fracture_loss_percent = 35.0;
    params.stack.columns = 128;
    params.stack.rows = 320;
    params.stack.slices = 13;
    Context context;
    const auto result = measure(*LumbarPhantom(params)(context).labels);
    for (const auto& b : result.bodies) {
      if (!b.grade.value) continue;
      EXPECT_EQ(b.type, b.id == 21 ? type : Type::kNone) << anatomy::short_name(b.id);
      if (b.id != 21) continue;
      EXPECT_NEAR(*b.loss_percent.value, 35.0, 6.0);
      EXPECT_EQ(*b.grade.value, 2.0);
    }
  }
}

TEST(VertebralDeformityPhantom, TwoBrokenNeighboursAreBothFound) {
  auto placed = column::bodies(Broken{20, Type::kCrush, 0.4}, 5);
  column::break_body(placed[3].body, Type::kCrush, 0.4);
  const auto result = measure(*column::rasterise(placed, {0.8, 0.8, 4.0}));
  EXPECT_EQ(body_of(result, 20).type, Type::kCrush);
  EXPECT_EQ(body_of(result, 21).type, Type::kCrush);
  EXPECT_EQ(body_of(result, 22).type, Type::kNone);
  EXPECT_EQ(body_of(result, 19).type, Type::kNone);
}

TEST(VertebralDeformityPhantom, BandRatiosOfFineAndCoarseVoxelsDifferByNoMoreThanTheirErrors) {
  double bias = 0.0;
  int n = 0;
  for (const unsigned seed : {11U, 12U, 13U}) {
    const auto placed = column::bodies(std::nullopt, seed);
    const auto fine = measure(*column::rasterise(placed, {0.5, 0.5, 4.0}));
    const auto coarse = measure(*column::rasterise(placed, {1.25, 1.25, 4.0}));
    ASSERT_EQ(fine.bodies.size(), coarse.bodies.size());
    for (std::size_t i = 0; i < fine.bodies.size(); ++i) {
      const auto& a = fine.bodies[i].ha_hp;
      const auto& b = coarse.bodies[i].ha_hp;
      EXPECT_LT(std::abs(*a.value - *b.value), 3.0 * std::hypot(*a.se, *b.se));
      bias += *a.value - *b.value;
      ++n;
    }
  }
  EXPECT_NEAR(bias / n, 0.0, 0.01);
}

TEST(VertebralDeformityPhantom, ErrorsOfLossAndWedgeAngleAreAsLargeAsPromised) {
  double squares = 0.0;
  double promised = 0.0;
  double wedge_squares = 0.0;
  double wedge_promised = 0.0;
  int n = 0;
  for (unsigned seed = 30; seed < 42; ++seed) {
    const auto id = static_cast<std::uint16_t>(18 + seed % 7);
    const auto placed = column::bodies(Broken{id, Type::kWedge, 0.33}, seed);
    const auto result = measure(*column::rasterise(placed, {0.9, 0.9, 4.0}));
    for (const auto& b : result.bodies) {
      if (b.id != id || !b.loss_percent.value) continue;
      const auto& solid = placed[static_cast<std::size_t>(id - 18)].body;
      const double truth = 100.0 * (1.0 - solid.ha_mm / solid.hp_mm / level_norm(id)->six_ha_hp);
      squares += std::pow(*b.loss_percent.value - truth, 2.0);
      promised += std::pow(*b.loss_percent.se, 2.0);
      const double wedge = 2.0 * std::atan(0.5 * (solid.hp_mm - solid.ha_mm) / solid.depth_mm) * 180.0 / M_PI;
      wedge_squares += std::pow(*b.wedge_deg.value - wedge, 2.0);
      wedge_promised += std::pow(*b.wedge_deg.se, 2.0);
      ++n;
    }
  }
  std::printf("loss: RMS error %.2f %%, promised %.2f %% of %d\n",
              std::sqrt(squares / n),
              std::sqrt(promised / n),
              n);
  std::printf("wedge angle: RMS error %.2f deg, promised %.2f deg\n",
              std::sqrt(wedge_squares / n),
              std::sqrt(wedge_promised / n));
  EXPECT_LT(std::sqrt(wedge_squares), 1.5 * std::sqrt(wedge_promised));
  EXPECT_GT(std::sqrt(wedge_squares), 0.2 * std::sqrt(wedge_promised));
  EXPECT_GE(n, 11);
  EXPECT_LT(std::sqrt(squares), 1.5 * std::sqrt(promised));
  EXPECT_GT(std::sqrt(squares), 0.3 * std::sqrt(promised));
}

}  // namespace
}  // namespace ledd
