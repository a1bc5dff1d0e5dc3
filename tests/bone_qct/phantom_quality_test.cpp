// What the rods of a calibration phantom tell of the scanner.
#include <gmock/gmock.h>

#include <cmath>
#include <iostream>

#include "ledd/bone_qct/bone_qct.h"

#include "trunk.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

trunk::Params with_pad() {
  trunk::Params p = trunk::spine();
  p.pad.kind = trunk::PadKind::kModel3;
  p.scan.noise_sd_hu = 12.0;
  return p;
}

BoneQct::Result measured(const TorsoPhantom::Result& drawn, const BoneQct::Params& params = {}) {
  auto study = trunk::study_of(drawn);
  study.labels = drawn.bodies.GetPointer();
  for (auto& phantom : study.phantoms)
    if (phantom.name == "Mindways Model 3") phantom.geometry_measured = true;
  Context context;
  return trunk::pipeline(params)(study, context);
}

double value(const BoneQct::Result& result, const std::string& region, const std::string& endpoint) {
  const auto* row = trunk::find(result, region, endpoint);
  return row == nullptr || !row->value ? std::nan("") : *row->value;
}

TEST(PhantomQuality, RodsReadWhatWasDrawnAndTheLineGivesTheirDensity) {
  const auto drawn = trunk::draw(with_pad());
  const auto result = measured(drawn);
  const auto phantom = known_phantoms().front();
  for (const auto& rod : drawn.truth.rods) {
    const std::string region = "rod " + std::to_string(rod.number);
    EXPECT_NEAR(value(result, region, "phantom_rod_reading"), rod.hu, 2.0) << region;
    EXPECT_NEAR(value(result, region, "phantom_rod_noise"), 12.0, 1.5) << region;
  }
  EXPECT_NEAR(value(result, "scan", "phantom_noise"), 12.0, 1.0);
  const double range =
      value(result, "rod 5", "phantom_rod_reading") - value(result, "rod 2", "phantom_rod_reading");
  EXPECT_NEAR(value(result, "scan", "phantom_SNR"), range / 12.0, 0.1 * range / 12.0);
  EXPECT_TRUE(std::isfinite(value(result, "rod 3", "phantom_rod_density")));
}

TEST(PhantomQuality, ScaleFollowsThePad) {
  for (const double scale : {0.97, 1.0, 1.03}) {
    auto p = with_pad();
    p.pad.scale = scale;
    const double found = value(measured(trunk::draw(p)), "scan", "phantom_scale");
    std::cout << "drawn scale " << scale << ", found " << found << '\n';
    EXPECT_NEAR(found, scale, 0.003);  // pixels of 1.6 mm
  }
}

TEST(PhantomQuality, AnUnverifiedDrawingIsSaidAndNeedsNoEyes) {
  auto study = trunk::study_of(trunk::draw(with_pad()));
  const auto drawn = trunk::draw(with_pad());
  study.scan = drawn.scan.GetPointer();
  study.labels = drawn.bodies.GetPointer();
  Context context;
  const auto result = trunk::pipeline()(study, context);
  const auto* row = trunk::find(result, "scan", "phantom_scale");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->quality, Quality::kUncertain);
  EXPECT_THAT(row->reason, HasSubstr("not verified"));
  EXPECT_FALSE(needs_eyes(*row));
}

TEST(PhantomQuality, WithoutAPhantomThereAreNoRows) {
  auto p = with_pad();
  p.pad.kind = trunk::PadKind::kNone;
  const auto result = measured(trunk::draw(p));
  for (const Measurement& m : result.outcome.measurements) EXPECT_NE(m.endpoint.substr(0, 8), "phantom_");
}

}  // namespace
}  // namespace ledd
