#include <gmock/gmock.h>

#include <cmath>

#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"

#include "realdata.h"
#include "trunk.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

trunk::Params hips() {
  trunk::Params p;
  p.scan.region = torso_phantom::Region::kHip;
  p.scan.columns = p.scan.rows = 220;
  p.scan.pixel_mm = 1.8;
  p.scan.pitch_mm = 2.0;
  p.pad.kind = trunk::PadKind::kModel3;
  return p;
}

BoneQct::Params hips_alone() {
  BoneQct::Params params;
  params.bones = BoneQct::Bones::kHips;
  return params;
}

const Measurement* of_side(const BoneQct::Result& result,
                           const std::string& side,
                           const std::string& region,
                           const std::string& endpoint) {
  for (const Measurement& m : result.outcome.measurements)
    if (m.side == side && m.region == region && m.endpoint == endpoint && m.statistic == "value") return &m;
  return nullptr;
}

BoneQct::Result run(const BoneQct::Study& study) {
  Context context({}, 2);
  return trunk::pipeline(hips_alone())(study, context);
}

TEST(BoneQctHips, BothFemoraOfADrawnPelvisHaveTheirDensity) {
  const auto drawn = trunk::draw(hips());
  const auto result = run(trunk::study_of(drawn));
  auto with_truth = trunk::study_of(drawn);
  with_truth.labels = drawn.femora.GetPointer();
  const auto truth = run(with_truth);
  for (const std::string side : {"R", "L"})
    for (const std::string region : {"head", "neck", "total hip"}) {
      SCOPED_TRACE(side + " " + region);
      for (const auto& [endpoint, share] : {std::pair{"Hip_Tb_vBMD", 0.15}, std::pair{"Hip_vBMD", 0.15}}) {
        const auto* found = of_side(result, side, region, endpoint);
        ASSERT_NE(found, nullptr);
        ASSERT_TRUE(found->value.has_value()) << found->reason;
        const double expected = of_side(truth, side, region, endpoint)->value.value();
        EXPECT_NEAR(*found->value, expected, share * expected) << endpoint << ", against the drawn femur's";
      }
    }
  EXPECT_TRUE(of_side(result, "R", "neck", "Hip_Proj_aBMD")->value.has_value());
  // left and right by the patient, not by the array
  double middle = 0.0, voxels = 0.0;
  const auto& labels = *result.outcome.labels;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    if (labels.GetBufferPointer()[n] != anatomy::kProximalFemurLeft) continue;
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
    middle += p[0];
    voxels += 1.0;
  }
  EXPECT_GT(middle / voxels, 40.0);
}

TEST(BoneQctHips, AHipOfMetalIsRefusedAndTheOtherMeasured) {
  auto params = hips();
  params.body.metal_hip = torso_phantom::Side::kLeft;
  const auto result = run(trunk::study_of(trunk::draw(params)));
  const auto* metal = of_side(result, "L", "neck", "Hip_HU");
  ASSERT_NE(metal, nullptr);
  EXPECT_EQ(metal->quality, Quality::kFailed);
  EXPECT_THAT(metal->reason, HasSubstr("metal"));
  EXPECT_TRUE(of_side(result, "R", "neck", "Hip_HU")->value.has_value());
}

TEST(BoneQctHips, GivenFemoraAreMeasured) {
  const auto drawn = trunk::draw(hips());
  auto study = trunk::study_of(drawn);
  study.labels = drawn.femora.GetPointer();
  const auto result = run(study);
  EXPECT_TRUE(of_side(result, "R", "total hip", "Hip_vBMD")->value.has_value())
      << of_side(result, "R", "total hip", "Hip_vBMD")->reason;
}

TEST(BoneQctHips, OfARealPelvisTheSideWithoutMetalIsMeasured) {
  LEDD_NEEDS_REALDATA("bone/ct-torso-3mm/example_ct.nii.gz");
  const auto scan = files::read_volume(realdata() / "bone" / "ct-torso-3mm" / "example_ct.nii.gz");
  const auto result = run({.scan = scan.GetPointer()});
  EXPECT_THAT(of_side(result, "L", "neck", "Hip_HU")->reason, HasSubstr("metal"));
  EXPECT_TRUE(of_side(result, "R", "head", "Hip_HU")->value.has_value());
  EXPECT_EQ(of_side(result, "R", "head", "Hip_HU")->quality, Quality::kUncertain) << "closed joint gap";
  EXPECT_EQ(of_side(result, "R", "neck", "Hip_HU")->quality, Quality::kFailed) << "the scan cuts it";
}

}  // namespace
}  // namespace ledd
