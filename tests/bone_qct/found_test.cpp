// What the pipeline finds by itself; slow, since the network runs.
#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "realdata.h"
#include "trunk.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

TEST(BoneQctFound, BodiesLevelsCalibrationAndDensityOfADrawnTrunk) {
  trunk::Params params = trunk::spine();
  params.pad.kind = trunk::PadKind::kModel3;
  const auto drawn = trunk::draw(params);
  std::vector<std::vector<std::uint16_t>> labels;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    Context context({}, static_cast<int>(threads));
    const auto result = trunk::pipeline()(trunk::study_of(drawn), context);
    const auto& map = *result.outcome.labels;
    labels.emplace_back(map.GetBufferPointer(),
                        map.GetBufferPointer() + map.GetLargestPossibleRegion().GetNumberOfPixels());
    if (threads == 1U) continue;
    ASSERT_TRUE(result.scale.line.has_value()) << result.scale.refusal;
    EXPECT_EQ(result.scale.line->source, "Mindways Model 3");
    EXPECT_NEAR(result.scale.line->sigma_hu, params.scan.sigma_hu, 0.02);
    std::size_t whole = 0;
    for (const auto& truth : drawn.truth.vertebrae) {
      if (!truth.whole || truth.id < anatomy::kT12) continue;
      const auto* density = trunk::find(result, truth.name, "Cyl_vBMD");
      ASSERT_NE(density, nullptr) << truth.name;
      ASSERT_TRUE(density->value.has_value()) << truth.name << ": " << density->reason;
      EXPECT_NEAR(*density->value, truth.vbmd_mg_cm3, 4.0) << truth.name << ": the marrow is textured";
      EXPECT_NEAR(trunk::find(result, truth.name, "Tb_vBMD")->value.value(), truth.vbmd_mg_cm3, 2.0)
          << truth.name;
      EXPECT_NEAR(trunk::find(result, truth.name, "Int_Vol")->value.value(),
                  truth.volume_mm3 / 1000.0,
                  0.1 * truth.volume_mm3 / 1000.0)
          << truth.name;
      ++whole;
    }
    EXPECT_EQ(whole, 6U);
    EXPECT_EQ(result.mean.region, "L1-L2");
    EXPECT_TRUE(result.outcome.texts.contains("calibration.toml"));
  }
  EXPECT_EQ(labels[0], labels[1]) << "one and two threads";
}

TEST(BoneQctFound, BodiesOfARealTrunkAgreeWithAModelsMasks) {
  LEDD_NEEDS_REALDATA("bone/ct-torso-3mm/example_ct.nii.gz");
  const auto folder = realdata() / "bone" / "ct-torso-3mm";
  const auto scan = files::read_volume(folder / "example_ct.nii.gz");
  const auto bodies = files::read_labels(folder / "spine_report" / "totalseg_vertebrae_body.nii.gz");
  Context context;
  const auto result = trunk::pipeline()({.scan = scan.GetPointer()}, context);
  for (std::uint16_t id = anatomy::kT12; id <= anatomy::kL5; ++id) {
    const auto name = anatomy::short_name(id);
    const auto mask = files::read_labels(folder / "seg_fullres_v1_2022" / ("vertebrae_" + name + ".nii.gz"));
    double both = 0.0, sum = 0.0;
    for (std::size_t n = 0; n < mask->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
      const bool ours = result.outcome.labels->GetBufferPointer()[n] == id;
      const bool theirs = mask->GetBufferPointer()[n] != 0 && bodies->GetBufferPointer()[n] == 1;
      both += ours && theirs ? 1.0 : 0.0;
      sum += (ours ? 1.0 : 0.0) + (theirs ? 1.0 : 0.0);
    }
    EXPECT_GT(2.0 * both / sum, 0.85) << name;
  }
  EXPECT_EQ(trunk::find(result, "T12", "Cyl_vBMD")->quality, Quality::kFailed) << "cut by the border";
  EXPECT_THAT(trunk::find(result, "L1", "Cyl_HU")->reason, HasSubstr("denser")) << "a sclerotic focus";
}

TEST(BoneQctFound, TheInsideOfARealVertebraReadsAsWhatWasLabelled) {
  LEDD_NEEDS_REALDATA("bone/ct-L3/sub-ct_label-22_ct.nii.gz");
  const auto scan = files::read_volume(realdata() / "bone" / "ct-L3" / "sub-ct_label-22_ct.nii.gz");
  Context context;
  const auto result = trunk::pipeline()({.scan = scan.GetPointer()}, context);
  ASSERT_TRUE(result.spine.has_value());
  const VertebralDensityResult::Vertebra* whole = nullptr;
  for (const auto& v : result.spine->density.vertebrae)
    if (v.where) whole = &v;
  ASSERT_NE(whole, nullptr);
  EXPECT_NEAR(whole->cylinder.mean_hu, 53.98, 5.0) << "mean of the labelled trabecular body";
  EXPECT_THAT(trunk::find(result, anatomy::short_name(whole->id), "Cyl_HU")->reason, HasSubstr("no sacrum"));
}

}  // namespace
}  // namespace ledd
