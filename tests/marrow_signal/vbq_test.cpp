#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "ledd/core/error.h"
#include "ledd/marrow_signal/marrow_signal.h"

#include "painted_spine.h"

namespace ledd {
namespace {

using painted::Place;
using ::testing::HasSubstr;

const Vbq::Scan kT1{{MrContrast::kT1, 550.0, 11.0, false}, {}};

/// Marrow `ratio` times as bright as CSF (100), with a dark vein and dark walls.
double tissue(const Place& p, double ratio) {
  if (p.label == 61) return p.posterior_mm > 30.0 ? 130.0 : 100.0;  // roots behind
  if (!painted::is_body(p)) return 60.0;
  if (painted::is_vein(p)) return 20.0;
  return p.below_top_mm < 1.0 || p.above_bottom_mm < 1.0 ? 10.0 : 100.0 * ratio;
}

Vbq::Result measure(const Volume& image, const painted::Column& c, const Vbq::Scan& scan = kT1) {
  Context context;
  return Vbq()(image, *c.labels, painted::spine_of(c), scan, context);
}

TEST(Vbq, DefaultsAreLegalAndAnEmptyWindowIsNot) {
  EXPECT_NO_THROW(Vbq{});
  EXPECT_THROW(Vbq({.min_tr_ms = 900.0}), Error);
  EXPECT_THROW(Vbq({.erode_mm = std::numeric_limits<double>::quiet_NaN()}), Error);
}

TEST(Vbq, IsMarrowOverCsfSoBrighterMarrowScoresHigher) {
  const auto c = painted::column();
  for (const double ratio : {1.5, 2.5, 3.5}) {
    const auto result = measure(*painted::paint(
                                    c, [&](const Place& p) { return tissue(p, ratio); }, 4.0),
                                c);
    EXPECT_NEAR(*result.score.value, ratio, 0.03);
    EXPECT_GT(result.score.se, 0.0);
    EXPECT_LT(result.score.se, 0.05);
    EXPECT_EQ(result.score.quality, Quality::kGood) << result.score.reason;
    ASSERT_EQ(result.bodies.size(), 5U);
    for (const auto& b : result.bodies) EXPECT_NEAR(*b.value, ratio, 0.04) << b.region;
  }
}

TEST(Vbq, TheFigureOutlinesTheMarrowThatWasReadWithEachBodysRatio) {
  const auto c = painted::column();
  const auto result = measure(*painted::paint(c, [](const Place& p) { return tissue(p, 2.5); }), c);
  const auto figure = vbq_figure(result, *c.labels);
  ASSERT_TRUE(figure);
  std::vector<std::string> texts;
  for (const auto& line : figure->lines)
    if (!line.text.empty()) texts.push_back(line.text);
  ASSERT_EQ(texts.size(), result.bodies.size());
  for (std::size_t n = 0; n < texts.size(); ++n) EXPECT_THAT(texts[n], HasSubstr(result.bodies[n].region));
  for (const auto& body : result.bodies)
    for (const auto v : body.voxels) EXPECT_NE(c.labels->GetBufferPointer()[v], 0) << body.region;
  EXPECT_FALSE(vbq_figure(Vbq::Result{}, *c.labels));
  std::set<std::pair<std::string, int>> read, drawn;  // of every body in every slice
  const auto slices = spine_signal::slices_of(*c.labels);
  for (const auto& body : result.bodies)
    for (const auto v : body.voxels) read.emplace(body.region, slices.slice(v));
  for (const auto& line : vbq_drawings(result, *c.labels)) {
    Labels::PointType p;
    for (unsigned a = 0; a < 3; ++a) p[a] = line.points_lps_mm.front()[a];
    const auto index = c.labels->TransformPhysicalPointToContinuousIndex<double>(p);
    drawn.emplace(line.about.substr(0, line.about.find(' ')),
                  static_cast<int>(std::lround(index[slices.across])));
  }
  EXPECT_GT(read.size(), result.bodies.size());
  EXPECT_EQ(drawn, read);
}

TEST(Vbq, OneOddBodyDoesNotMoveTheScore) {
  const auto c = painted::column();
  const auto result =
      measure(*painted::paint(c, [](const Place& p) { return tissue(p, p.label == 21 ? 6.0 : 2.5); }), c);
  EXPECT_NEAR(*result.score.value, 2.5, 0.03);
  EXPECT_NEAR(*result.bodies[1].value, 6.0, 0.06);
}

TEST(Vbq, OutsideTheWindowIsMeasuredInDoubt) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 2.5); });
  auto scan = kT1;
  scan.sequence.tr_ms = 1200.0;
  const auto long_tr = measure(*image, c, scan);
  EXPECT_EQ(long_tr.score.quality, Quality::kUncertain);
  EXPECT_THAT(long_tr.score.reason, HasSubstr("TR = 1200 ms"));
  EXPECT_NEAR(*long_tr.score.value, 2.5, 0.03);
  scan = kT1;
  scan.sequence.te_ms.reset();
  EXPECT_THAT(measure(*image, c, scan).score.reason, HasSubstr("TE unknown"));
  scan = kT1;
  scan.sequence.contrast_agent = true;
  EXPECT_THAT(measure(*image, c, scan).score.reason, HasSubstr("contrast agent"));
}

TEST(Vbq, OtherWeightingsAreRefused) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 2.5); });
  for (const auto weighting : {MrContrast::kT2, MrContrast::kStir, MrContrast::kUnknown}) {
    const auto rows = measurements(measure(*image, c, {{weighting, 550.0, 11.0, false}, {}}));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].quality, Quality::kFailed);
    EXPECT_THAT(rows[0].reason, HasSubstr("T1-weighted"));
  }
}

TEST(Vbq, MarrowDarkerThanCsfIsInDoubt) {
  const auto c = painted::column();
  const auto result = measure(*painted::paint(c, [](const Place& p) { return tissue(p, 0.5); }), c);
  EXPECT_EQ(result.score.quality, Quality::kUncertain);
  EXPECT_THAT(result.score.reason, HasSubstr("darker than CSF"));
}

TEST(Vbq, MissingBodiesAreNamed) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 2.5); });
  const auto without = [&](std::uint16_t id) {
    auto spine = painted::spine_of(c);
    std::erase_if(spine.bodies, [&](const auto& b) { return b.id == id; });
    Context context;
    return Vbq()(*image, *c.labels, spine, kT1, context);
  };
  const auto no_l1 = without(20);
  EXPECT_THAT(no_l1.score.reason, HasSubstr("from L2, L3, L4 alone"));
  EXPECT_NEAR(*no_l1.score.value, 2.5, 0.03);
  const auto no_l3 = without(22);
  EXPECT_FALSE(no_l3.score.value.has_value());
  EXPECT_THAT(no_l3.score.reason, HasSubstr("L3"));
}

TEST(Vbq, WithoutCsfThereIsNoScore) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 2.5); });
  for (std::size_t n = 0; n < c.places.size(); ++n)
    if (c.labels->GetBufferPointer()[n] == 61) c.labels->GetBufferPointer()[n] = 0;
  EXPECT_THAT(measure(*image, c).score.reason, HasSubstr("label 61"));
}

TEST(Vbq, TheNormOfTheDecadeIsContextOnly) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 2.5); });
  EXPECT_FALSE(norm_note(measure(*image, c)).has_value());
  auto scan = kT1;
  scan.age_years = 59.5;
  const auto result = measure(*image, c, scan);
  ASSERT_TRUE(result.norm.has_value());
  EXPECT_DOUBLE_EQ(result.norm->mean, 2.99);
  EXPECT_THAT(*norm_note(result), HasSubstr("higher is brighter, fattier"));
  EXPECT_EQ(result.score.quality, Quality::kGood);
  scan.age_years = 75.0;
  EXPECT_FALSE(measure(*image, c, scan).norm.has_value());
}

}  // namespace
}  // namespace ledd
