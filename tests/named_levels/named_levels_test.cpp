#include "ledd/named_levels/named_levels.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd::named_levels {
namespace {

using ::testing::HasSubstr;

std::vector<SpineSegmentation::Body> bodies_apart(double spacing_mm) {
  std::vector<SpineSegmentation::Body> bodies;
  bodies.reserve(6);
  for (int n = 0; n < 6; ++n) bodies.push_back({{0, 0, -spacing_mm * n}, 30.0, 0.0, 0.0, false});
  return bodies;
}

TEST(RequireNoNeck, RefusesBodiesAsNearAsThoseOfANeck) {
  EXPECT_NO_THROW(require_no_neck(bodies_apart(26.0)));  // mid thoracic
  try {
    require_no_neck(bodies_apart(19.0));
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("19 mm apart"));
  }
}

/// T12 to L5 counted without a doubt, and S1, in a scan of a voxel a body.
struct Counted {
  SpineSegmentation::Result found;
  VertebraLevels::Result levels;
  Volume::Pointer scan = Volume::New();

  Counted() {
    found.bodies = bodies_apart(36.0);
    found.s1 = SpineSegmentation::Body{};
    for (std::uint16_t id = 19; id <= anatomy::kL5; ++id) levels.levels.push_back({id, ""});
    found.instances = Labels::New();
    found.instances->SetRegions(Labels::SizeType{{8, 1, 1}});
    Labels::DirectionType head_to_foot;
    head_to_foot.Fill(0.0);
    head_to_foot(2, 0) = -1.0;
    head_to_foot(1, 1) = head_to_foot(0, 2) = 1.0;
    found.instances->SetDirection(head_to_foot);
    found.instances->Allocate(true);
    scan->SetRegions(Volume::SizeType{{8, 1, 1}});
    scan->Allocate();
    scan->FillBuffer(100.0F);
    for (long n = 0; n < 7; ++n) found.instances->SetPixel({{n, 0, 0}}, static_cast<std::uint16_t>(n + 1));
  }
  bool all_doubted() {
    doubt_count(found, *scan, levels);
    return std::none_of(
        levels.levels.begin(), levels.levels.end(), [](const auto& l) { return l.doubt.empty(); });
  }
};

TEST(DoubtCount, LeavesAnOrdinaryCountAlone) {
  Counted c;
  c.found.bodies[5].volume_cm3 = 24.0;  // of 30
  c.found.below_s1_cm3 = 9.0;           // S2
  c.scan->SetPixel({{6, 0, 0}}, 40.0F);
  doubt_count(c.found, *c.scan, c.levels);
  EXPECT_TRUE(c.levels.certain());
  EXPECT_TRUE(c.levels.notes.empty());
}

TEST(DoubtCount, AnS1WithoutSignalMayBeAHole) {
  Counted c;
  c.scan->SetPixel({{6, 0, 0}}, 5.0F);
  EXPECT_TRUE(c.all_doubted());
  EXPECT_THAT(c.levels.notes, ::testing::ElementsAre(HasSubstr("S1 shows no signal")));
}

TEST(DoubtCount, AnS1AtTheLowerBorderMayBeALumbarBody) {
  Counted c;
  c.found.instances->SetPixel({{6, 0, 0}}, 0);
  c.found.instances->SetPixel({{7, 0, 0}}, 7);
  EXPECT_TRUE(c.all_doubted());
  EXPECT_THAT(c.levels.notes, ::testing::ElementsAre(HasSubstr("S1 is cut by the lower border")));
}

TEST(DoubtCount, ABodyBelowS1ShiftsTheCount) {
  Counted c;
  c.found.below_s1_cm3 = 25.0;
  EXPECT_TRUE(c.all_doubted());
  EXPECT_THAT(c.levels.notes, ::testing::ElementsAre(HasSubstr("25 cm3 lies below")));
}

TEST(WithS1, S1SharesTheDoubtOfL5AndNoOther) {
  const auto sure = with_s1({{23, "one missed below"}, {anatomy::kL5, ""}});
  EXPECT_EQ(sure.size(), 2U);
  const auto doubted = with_s1({{23, ""}, {anatomy::kL5, "no sacrum"}});
  ASSERT_EQ(doubted.size(), 3U);
  EXPECT_EQ(doubted.back().id, anatomy::kS1);
  EXPECT_EQ(doubted.back().doubt, "no sacrum");
}

}  // namespace
}  // namespace ledd::named_levels
