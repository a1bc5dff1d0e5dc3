#include "doubts.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "levels.h"

namespace ledd::spine_mri {
namespace {

using ::testing::HasSubstr;

constexpr double kSpacingMm = 36.0, kHeightMm = 26.0, kDepthMm = 32.0;

/// L1 to L5 in a straight row, all alike.
SpineResult row_of_five() {
  SpineResult spine;
  for (std::uint16_t id = anatomy::kL1; id <= anatomy::kL5; ++id) {
    SpineResult::Body body;
    body.id = id;
    body.quality = Quality::kGood;
    const double z = -kSpacingMm * (id - anatomy::kL1);
    body.frame.centre_lps_mm = {0, 0, z};
    body.ms_lps_mm = {0, 0, z + 0.5 * kHeightMm};
    body.mi_lps_mm = {0, 0, z - 0.5 * kHeightMm};
    body.hm.value_mm = kHeightMm;
    body.depth.value_mm = kDepthMm;
    spine.bodies.push_back(body);
  }
  return spine;
}

/// Boxes of 100 with their labels, in a background of 300.
struct Scene {
  Volume::Pointer scan = Volume::New();
  Labels::Pointer labels = Labels::New();

  explicit Scene(const SpineResult& spine) {
    const Volume::SizeType size{{40, 50, 120}};
    const Volume::PointType origin(std::array<double, 3>{-20, -25, -165}.data());
    const Volume::SpacingType spacing(std::array<double, 3>{1.0, 1.0, 1.6}.data());
    scan->SetRegions(size), labels->SetRegions(size);
    scan->SetOrigin(origin), labels->SetOrigin(origin);
    scan->SetSpacing(spacing), labels->SetSpacing(spacing);
    scan->Allocate(), labels->Allocate(true);
    scan->FillBuffer(300.0F);
    for (const auto& body : spine.bodies)
      paint({body.frame.centre_lps_mm, {18, 0.5 * kDepthMm, 0.5 * kHeightMm}}, 100.0F, body.id);
  }

  struct Box {
    Point centre_lps_mm, half_mm;
  };
  void paint(const Box& box, float value, std::uint16_t id = 0) {
    for (std::size_t n = 0; n < scan->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
      Volume::PointType p;
      scan->TransformIndexToPhysicalPoint(scan->ComputeIndex(static_cast<long>(n)), p);
      bool inside = true;
      for (unsigned a = 0; a < 3; ++a)
        inside = inside && std::abs(p[a] - box.centre_lps_mm[a]) <= box.half_mm[a];
      if (!inside) continue;
      scan->GetBufferPointer()[n] = value;
      if (id != 0) labels->GetBufferPointer()[n] = id;
    }
  }
};

std::string doubt_of(const SpineResult& spine, const Scene& scene, std::uint16_t id) {
  for (const auto& level : doubtful_bodies(spine, *scene.labels, *scene.scan))
    if (level.id == id) return level.doubt;
  return {};
}

TEST(DoubtfulBodies, AHealthyRowHasNone) {
  const auto spine = row_of_five();
  const Scene scene(spine);
  EXPECT_TRUE(doubtful_bodies(spine, *scene.labels, *scene.scan).empty());
}

TEST(DoubtfulBodies, MissingSignalFallsOnTheBodyAndItsNeighboursAlone) {
  const auto spine = row_of_five();
  Scene scene(spine);
  scene.paint({{0, 0, -2 * kSpacingMm + 8.0}, {14, 12, 5}}, 2.0F);  // the upper part of L3
  EXPECT_THAT(doubt_of(spine, scene, 22), HasSubstr("shows no signal"));
  EXPECT_THAT(doubt_of(spine, scene, 21), HasSubstr("beside L3"));
  EXPECT_THAT(doubt_of(spine, scene, 23), HasSubstr("beside L3"));
  EXPECT_EQ(doubt_of(spine, scene, 20), "");
  EXPECT_EQ(doubt_of(spine, scene, 24), "");
}

TEST(DoubtfulBodies, ABodyThatCouldNotBeMeasuredIsLookedForBetweenItsNeighbours) {
  auto spine = row_of_five();
  Scene scene(spine);
  scene.paint({{0, 0, -2 * kSpacingMm}, {18, 16, 13}}, 2.0F);
  spine.bodies[2] = {};
  spine.bodies[2].id = 22;
  EXPECT_THAT(doubt_of(spine, scene, 21), HasSubstr("beside L3"));
  EXPECT_THAT(doubt_of(spine, scene, 23), HasSubstr("beside L3"));
}

TEST(DoubtfulBodies, DarkMarrowIsNoMissingSignal) {
  const auto spine = row_of_five();
  Scene scene(spine);
  scene.paint({{0, 0, -2 * kSpacingMm}, {18, 16, 13}}, 30.0F);  // a sclerotic L3, a third of the others
  EXPECT_EQ(doubt_of(spine, scene, 22), "");
}

TEST(DoubtfulBodies, AGapTooWideForADiscDoubtsBothSides) {
  auto spine = row_of_five();
  spine.bodies[3].ms_lps_mm[2] -= 12.0;  // the upper half of L4 was not found
  spine.bodies[3].hm.value_mm -= 12.0;
  const Scene scene(spine);
  EXPECT_THAT(doubt_of(spine, scene, 22),
              HasSubstr("22 mm lie between the endplates of L3 and L4, elsewhere 10"));
  EXPECT_THAT(doubt_of(spine, scene, 23), HasSubstr("a part of one was not found"));
  EXPECT_EQ(doubt_of(spine, scene, 24), "");
}

TEST(DoubtfulBodies, ABrokenBodyKeepsItsHeights) {
  auto spine = row_of_five();
  auto& broken = spine.bodies[2];
  broken.ha.value_mm = broken.hm.value_mm = broken.hp.value_mm = 0.6 * kHeightMm;
  const Scene scene(spine);
  EXPECT_TRUE(doubtful_bodies(spine, *scene.labels, *scene.scan).empty());
}

TEST(DoubtfulBodies, DepthOrHeightThatNoNeighbourHasIsDoubted) {
  auto spine = row_of_five();
  spine.bodies[1].depth.value_mm = 0.75 * kDepthMm;
  spine.bodies[4].hm.value_mm = 1.3 * kHeightMm;
  const Scene scene(spine);
  EXPECT_THAT(doubt_of(spine, scene, 21), HasSubstr("depth of 24 mm"));
  EXPECT_THAT(doubt_of(spine, scene, 24), HasSubstr("height of 34 mm"));
  EXPECT_EQ(doubt_of(spine, scene, 22), "");
}

TEST(DoubtfulBodies, ADeeplyHollowBodyIsDoubtedAndAnOrdinaryOneIsNot) {
  auto spine = row_of_five();
  for (auto& body : spine.bodies) body.ha.value_mm = body.hp.value_mm = kHeightMm / 0.9;
  const Scene scene(spine);
  EXPECT_TRUE(doubtful_bodies(spine, *scene.labels, *scene.scan).empty());
  spine.bodies[2].hm.value_mm = 0.7 * spine.bodies[2].ha.value_mm;
  const auto doubtful = doubtful_bodies(spine, *scene.labels, *scene.scan);
  ASSERT_EQ(doubtful.size(), 1U);
  EXPECT_EQ(doubtful[0].id, spine.bodies[2].id);
  EXPECT_THAT(doubtful[0].doubt, HasSubstr("lower than its front and back"));
}

TEST(DoubtfulBodies, AboveT10NothingWasCompared) {
  auto spine = row_of_five();
  spine.bodies[0].id = anatomy::kT1 + 8;  // T9
  spine.bodies[1].id = anatomy::kT1 + 9;
  const Scene scene(spine);
  EXPECT_THAT(doubt_of(spine, scene, anatomy::kT1 + 8), HasSubstr("above T10"));
  EXPECT_EQ(doubt_of(spine, scene, anatomy::kT1 + 9), "");
}

TEST(DoubtAll, KeepsWhatFailedAndGivesEveryOtherTheReason) {
  std::vector<Measurement> measurements(2);
  measurements[0].value = 25.0;
  measurements[1].quality = Quality::kFailed;
  measurements[1].reason = "cut";
  doubt_all(measurements, "upside down");
  EXPECT_EQ(measurements[0].quality, Quality::kUncertain);
  EXPECT_EQ(measurements[0].reason, "upside down");
  EXPECT_EQ(measurements[1].quality, Quality::kFailed);
  EXPECT_EQ(measurements[1].reason, "cut; upside down");
}

VertebraLevels::Result counted_levels(const std::string& doubt) {
  return {{{anatomy::kT12, doubt, 0.97, 0}, {anatomy::kL1, doubt, 0.97, 0}, {0, doubt, 0.97, 0}}, {}};
}

TEST(DoubtTransitional, ALastLumbarBodyOfTheUsualShapeChangesNothing) {
  for (const std::optional<double> hint : {std::optional<double>{}, std::optional<double>{0.0}}) {
    auto levels = counted_levels("");
    doubt_transitional(hint, levels);
    EXPECT_TRUE(levels.certain());
    EXPECT_TRUE(levels.notes.empty());
  }
}

TEST(DoubtTransitional, AFlatOnePutsEveryLevelInDoubtAndNamesTheOneBelow) {
  auto levels = counted_levels("");
  doubt_transitional(1.0, levels);
  EXPECT_FALSE(levels.certain());
  ASSERT_EQ(levels.notes.size(), 1U);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_THAT(levels.levels[n].doubt, HasSubstr("transitional"));
    EXPECT_EQ(levels.levels[n].probability, VertebraLevels::kOpen);
  }
  EXPECT_EQ(levels.levels[0].alternative, anatomy::kL1);
  EXPECT_EQ(levels.levels[1].alternative, anatomy::kL1 + 1);
  EXPECT_TRUE(levels.levels[2].doubt.empty());  // it has no level to doubt
}

TEST(DoubtTransitional, AnEarlierDoubtStands) {
  auto levels = counted_levels("no sacrum in view");
  doubt_transitional(2.0, levels);
  EXPECT_EQ(levels.levels[0].doubt, "no sacrum in view");
  EXPECT_TRUE(levels.notes.empty());
}

}  // namespace
}  // namespace ledd::spine_mri
