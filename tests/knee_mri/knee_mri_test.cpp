#include "ledd/knee_mri/knee_mri.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/knee_phantom/knee_phantom.h"

#include "painted_knee.h"

namespace ledd {
namespace {

using anatomy::Side;
using ::testing::HasSubstr;

const KneeMri& pipeline() {
  static const std::string models = LEDD_SOURCE_DIR "/modules/knee_segmentation/model/";
  static const KneeMri one(
      {}, {files::read_bytes(models + "knee.onnx"), files::read_bytes(models + "knee-cross.onnx")});
  return one;
}

/// Voxels of a usual clinical 3-D scan: half the work of the finest.
knee_phantom::Params usual(Side side) {
  knee_phantom::Params params;
  params.knee.side = side;
  params.stack.columns = params.stack.rows = 256;
  params.stack.pixel_mm = 0.55;
  params.stack.slices = 84;
  params.stack.pitch_mm = params.stack.thickness_mm = 1.4;
  // Askew: along the slices a flat plate of hard labels is a whole number of pixels thick.
  params.knee.turn_deg = 4.0;
  params.knee.roll_deg = 5.0;
  params.knee.tilt_deg = 7.0;
  return params;
}

const Measurement* find(const KneeMri::Result& result,
                        const std::string& region,
                        const std::string& endpoint,
                        const std::string& side,
                        const std::string& statistic) {
  for (const Measurement& m : result.outcome.measurements)
    if (m.region == region && m.endpoint == endpoint && m.side == side && m.statistic == statistic) return &m;
  return nullptr;
}

double thickness(const KneeMri::Result& result, const std::string& region, const std::string& side) {
  const auto* m = find(result, region, "ThCtAB", side, "mean");
  return m != nullptr && m->value ? *m->value : std::nan("");
}

KneeMri::Result measured(Side side) {
  Context context;
  const auto drawn = KneePhantom(usual(side)).draw(context);
  return pipeline().measure(*drawn.labels, {}, context);
}

TEST(KneeMri, GivenLabelsAreMeasuredOnTheSideTheyShow) {
  for (const auto& [side, letter] : {std::pair{Side::kRight, "R"}, std::pair{Side::kLeft, "L"}}) {
    const auto result = measured(side);
    ASSERT_EQ(result.knees.size(), 1U);
    EXPECT_EQ(result.knees[0].side, side);
    EXPECT_NEAR(thickness(result, "cMT", letter), 1.8, 0.15);
    EXPECT_NEAR(thickness(result, "cLT", letter), 2.3, 0.15);
    EXPECT_NEAR(thickness(result, "ccMF", letter), 2.2, 0.15);
  }
}

TEST(KneeMri, EveryEndpointOfEveryRegionHasARowAndADefinition) {
  const auto result = measured(Side::kRight);
  std::set<std::string> defined;
  for (const auto& d : KneeMri::definitions()) EXPECT_TRUE(defined.insert(d.key).second) << d.key << " twice";
  std::set<std::string> used;
  for (const auto& m : result.outcome.measurements) {
    EXPECT_TRUE(defined.contains(m.endpoint)) << m.endpoint;
    EXPECT_EQ(m.quality == Quality::kFailed, !m.value.has_value()) << m.region << " " << m.endpoint;
    used.insert(m.endpoint);
  }
  EXPECT_EQ(used, defined);
}

TEST(KneeMri, MapsAndPicturesStandOnTheGridOfTheLabels) {
  const auto result = measured(Side::kRight);
  const auto& outcome = result.outcome;
  for (const char* name : {"thickness", "cartilage-regions"}) {
    ASSERT_TRUE(outcome.maps.contains(name));
    EXPECT_NO_THROW(require_same_grid(*outcome.labels, *outcome.maps.at(name), name));
  }
  EXPECT_EQ(outcome.scales.at("thickness").unit, "mm");
  EXPECT_EQ(outcome.scales.at("thickness").high, outcome.surfaces.front().scale.high) << "as in the report";
  EXPECT_EQ(outcome.surfaces.size(), 3U);
  EXPECT_EQ(outcome.flat_maps.size(), 3U);
  EXPECT_EQ(outcome.figures.size(), 3U);
}

TEST(KneeMri, AHeaderThatContradictsTheLabelsIsRefused) {
  Context context;
  const auto drawn = KneePhantom(usual(Side::kRight)).draw(context);
  KneeStudy study;
  study.hints.laterality = "L";
  try {
    pipeline().measure(*drawn.labels, study, context);
    FAIL() << "a left knee was accepted as right";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("given as a left knee"));
  }
}

TEST(KneeMri, SlicesTooFarApartLimitEveryValue) {
  Context context;
  auto params = usual(Side::kRight);
  params.stack.slices = 36;
  params.stack.pitch_mm = params.stack.thickness_mm = 3.0;
  const auto drawn = KneePhantom(params).draw(context);
  const auto result = pipeline().measure(*drawn.labels, {}, context);
  for (const auto& m : result.outcome.measurements) {
    EXPECT_NE(m.quality, Quality::kGood) << m.region << " " << m.endpoint;
    if (m.value) {
      EXPECT_THAT(m.reason, HasSubstr("slices 3 mm apart"));
    }
  }
}

KneeMri::Result segmented(const knee_phantom::Params& params, const SideHints& hints) {
  Context context;
  const auto image = testing::painted_knee(*KneePhantom(params).draw(context).labels);
  KneeStudy study;
  study.echoes = {image, image};
  study.hints = hints;
  const auto nearest = files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx");
  return KneeMri({}, {nearest, nearest})(study, context);
}

TEST(KneeMri, FromTheImageAKneeIsMeasuredOnItsSideWithoutADoubt) {
  SideHints hints;
  hints.laterality = "L";
  const auto result = segmented(testing::knee_for_the_network(Side::kLeft), hints);
  ASSERT_EQ(result.knees.size(), 1U);
  EXPECT_EQ(result.knees[0].side, Side::kLeft);
  EXPECT_NEAR(thickness(result, "cMT", "L"), 1.8, 0.2);
  EXPECT_NEAR(thickness(result, "cLT", "L"), 2.3, 0.2);
  EXPECT_NEAR(thickness(result, "ccMF", "L"), 2.2, 0.2);
}

TEST(KneeMri, ATagAgainstTheAnatomyIsRefused) {
  SideHints hints;
  hints.laterality = "R";
  EXPECT_THROW(segmented(testing::knee_for_the_network(Side::kLeft), hints), Error);
}

TEST(KneeMri, EchoesOfDifferentGeometryAreRefused) {
  Context context;
  auto params = usual(Side::kRight);
  params.stack.slices = 20;
  const auto a = KneePhantom(params)(context);
  params.stack.offset_left_mm += 3.0;
  const auto b = KneePhantom(params)(context);
  KneeStudy study;
  study.echoes = {a.echoes[0], b.echoes[1]};
  EXPECT_THROW(pipeline()(study, context), Error);
}

}  // namespace
}  // namespace ledd
