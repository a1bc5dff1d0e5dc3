#include "ledd/knee_mri/knee_change.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "ledd/files/files.h"

#include "oai_knee.h"
#include "plain_knee.h"
#include "realdata.h"

namespace ledd {
namespace {

using anatomy::Side;
using plain_knee::Shape;
using ::testing::HasSubstr;

Labels::Pointer drawn(const Shape& shape) {
  const auto same = [](const Point& p) { return p; };
  return plain_knee::draw(shape, same, {0.6, 0.6, 0.8}, 9, 7);
}

/// The right knee of one shape, the left one of another, side by side.
Labels::Pointer drawn_both(const Shape& right, Shape left) {
  left.left = true;
  auto image = testing::oblique_grid<Labels>({0.7, 0.7, 0.9}, {206, 112, 116}, {0, -2, 22}, {6, 5});
  testing::fill(*image, [&](const Point& p) {
    return p[0] < 0 ? plain_knee::label(right, {p[0] + 52, p[1], p[2]})
                    : plain_knee::label(left, {p[0] - 52, p[1], p[2]});
  });
  return image;
}

double change_of(const Outcome& outcome, const std::string& region, const std::string& side = "") {
  for (const Measurement& m : outcome.measurements)
    if (m.region == region && m.endpoint == "ThCtAB_change" && m.value && (side.empty() || m.side == side))
      return *m.value;
  return std::nan("");
}

TEST(KneeChange, ThinnerMedialPlateShowsInRowsSummaryAndPictures) {
  Shape later;
  later.medial_mm = 1.5;
  const auto before = drawn({}), after = drawn(later);
  Context context;
  const auto result = KneeChange()({before, {}}, {after, {}}, {}, context);
  EXPECT_NEAR(change_of(result.outcome, "cMT"), -0.5, 0.1);
  EXPECT_NEAR(change_of(result.outcome, "LT"), 0.0, 0.05);
  EXPECT_EQ(result.outcome.surfaces.size(), 3U);
  EXPECT_EQ(result.outcome.flat_maps.size(), 3U);
  bool said = false;
  for (const auto& line : result.outcome.summary) said = said || line.text.rfind("MT: -0.", 0) == 0;
  EXPECT_TRUE(said);
}

TEST(KneeChange, AKneeThatIsNotThereIsRefusedWithTheVisit) {
  const auto before = drawn({});
  auto empty = drawn({});
  empty->FillBuffer(0);
  Context context;
  try {
    KneeChange()({before, {}}, {empty, {}}, {}, context);
    FAIL() << "an empty label map was measured";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("follow-up"));
  }
  EXPECT_THROW(KneeChange()({before, {Side::kLeft}}, {before, {}}, {}, context), Error);
}

std::set<std::string> sides_of(const Outcome& outcome) {
  std::set<std::string> sides;
  for (const Measurement& m : outcome.measurements) sides.insert(m.side);
  return sides;
}

TEST(KneeChange, TwoKneesOfOneMapAreComparedEachWithItself) {
  Shape thin;
  thin.medial_mm = 1.4;
  const auto before = drawn_both({}, {}), after = drawn_both(thin, {});
  Context context;
  const KneeChange change;
  const auto both = change({before, {Side::kRight, Side::kLeft}}, {after, {}}, {}, context);
  ASSERT_EQ(both.knees.size(), 2U);
  EXPECT_NEAR(change_of(both.outcome, "cMT", "R"), -0.6, 0.1);
  EXPECT_NEAR(change_of(both.outcome, "cMT", "L"), 0.0, 0.05);
  EXPECT_EQ(both.outcome.surfaces.size(), 6U);
  const auto left = change({before, {}}, {after, {}}, {Side::kLeft}, context);
  EXPECT_EQ(sides_of(left.outcome), (std::set<std::string>{"L"}));
  EXPECT_THROW(change({before, {Side::kLeft}}, {after, {}}, {}, context), Error) << "two knees named as one";
}

TEST(KneeChange, OfTwoKneesOneThatCannotBeMeasuredHasRowsWithTheReason) {
  const auto before = drawn_both({}, {}), after = drawn_both({}, {});
  for (std::size_t n = 0; n < after->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Labels::PointType p;
    after->TransformIndexToPhysicalPoint(after->ComputeIndex(static_cast<long>(n)), p);
    auto& id = after->GetBufferPointer()[n];
    if (p[0] > 0 && id != anatomy::kFemur && id != anatomy::kTibia) id = 0;
  }
  Context context;
  const auto result = KneeChange()({before, {}}, {after, {}}, {}, context);
  EXPECT_EQ(sides_of(result.outcome), (std::set<std::string>{"L", "R"}));
  for (const Measurement& m : result.outcome.measurements) {
    if (m.side != "L") continue;
    EXPECT_EQ(m.quality, Quality::kFailed);
    EXPECT_THAT(m.reason, HasSubstr("follow-up"));
  }
  EXPECT_NEAR(change_of(result.outcome, "cMT", "R"), 0.0, 1e-6);
}

TEST(KneeChange, SlicesTooFarApartMakeEveryChangeUncertain) {
  const auto visit = drawn({});
  KneeChange::Params params;
  params.max_slice_mm = 0.7;
  Context context;
  const auto result = KneeChange(params)({visit, {}}, {visit, {}}, {}, context);
  for (const Measurement& m : result.outcome.measurements) {
    EXPECT_NE(m.quality, Quality::kGood) << m.region << " " << m.endpoint;
    if (m.value && m.endpoint == "ThCtAB_change") {
      EXPECT_NEAR(*m.value, 0.0, 1e-9) << m.region;
    }
  }
}

TEST(KneeChange, TwoVisitsOfARealKneeAreComparedRegionByRegion) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  const auto folder = realdata() / "knee" / "labels-only";
  std::vector<Labels::Pointer> visits;
  for (const char* month : {"00m", "72m"}) {
    visits.push_back(files::read_labels(folder / fmt::format("akoa-9014797-{}.nii.gz", month)));
    ledd::testing::use_ledd_ids(*visits.back());
  }
  Context context;
  const auto result = KneeChange()({visits[0], {}}, {visits[1], {}}, {}, context);
  for (const auto& bone : result.knees.at(0).bones) {
    EXPECT_EQ(bone.refusal, "");
    EXPECT_LT(bone.alignment.residual_mm, 0.8);
  }
  for (const char* region : {"MT", "LT", "cMF", "cLF", "P"}) {
    const double change_mm = change_of(result.outcome, region);
    EXPECT_LT(std::abs(change_mm), 1.0) << region;  // six years of osteoarthritis lose tenths of a millimetre
    EXPECT_FALSE(std::isnan(change_mm)) << region;
  }
}

}  // namespace
}  // namespace ledd
