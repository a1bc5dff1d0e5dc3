// What the pipeline makes of vertebrae that are given: no network, so these are quick.
#include "ledd/bone_qct/bone_qct.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"

#include "phantom.h"
#include "trunk.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;
using Calibration = BoneQct::Calibration;

/// A trunk with a pad, drawn once.
const TorsoPhantom::Result& with_pad() {
  static const auto drawn = [] {
    trunk::Params p = trunk::spine();
    p.pad.kind = trunk::PadKind::kModel3;
    return trunk::draw(p);
  }();
  return drawn;
}

const TorsoPhantom::Result& without_pad() {
  static const auto drawn = trunk::draw(trunk::spine());
  return drawn;
}

BoneQct::Study given(const TorsoPhantom::Result& drawn) {
  auto study = trunk::study_of(drawn);
  study.labels = drawn.bodies.GetPointer();
  return study;
}

BoneQct::Result run(const BoneQct::Study& study, const BoneQct::Params& params = {}) {
  Context context;
  return trunk::pipeline(params)(study, context);
}

std::string refusal(const BoneQct::Study& study, const BoneQct::Params& params = {}) {
  try {
    run(study, params);
  } catch (const Error& e) {
    return e.what();
  }
  return "measured";
}

BoneQct::Params by(Calibration calibration) {
  BoneQct::Params params;
  params.calibration = calibration;
  return params;
}

TEST(BoneQct, GivenBodiesAreMeasuredByThePad) {
  const auto result = run(given(with_pad()));
  for (const auto& truth : with_pad().truth.vertebrae) {
    if (!truth.whole || truth.id < anatomy::kL1) continue;
    const auto* row = trunk::find(result, truth.name, "Tb_vBMD");
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->quality, Quality::kGood) << row->reason;
    EXPECT_NEAR(row->value.value(), truth.vbmd_mg_cm3, 2.0) << truth.name;
  }
  EXPECT_EQ(trunk::find(result, "scan", "calibration_mineral")->value, 1.0);
  EXPECT_EQ(trunk::find(result, "L1-L2", "ACR_category")->value, 1.0) << "118 mg/cm3";
  EXPECT_THAT(result.outcome.summary.front().text, HasSubstr("Mindways Model 3"));
}

/// The label at the middle of a closed line.
std::uint16_t label_within(const Labels& labels, const Polyline& line) {
  Labels::PointType middle;
  middle.Fill(0.0);
  const double count = static_cast<double>(line.points_lps_mm.size()) - 1.0;  // the first comes again
  for (std::size_t n = 1; n < line.points_lps_mm.size(); ++n)
    for (unsigned a = 0; a < 3; ++a) middle[a] += line.points_lps_mm[n][a] / count;
  return labels.GetPixel(labels.TransformPhysicalPointToIndex(middle));
}

TEST(BoneQct, CylindersAndRodsAreDrawnWhereTheyWereRead) {
  const auto result = run(given(with_pad()));
  std::map<std::string, std::set<std::uint16_t>> within;
  std::map<std::string, std::size_t> lines;
  for (const Polyline& line : result.outcome.drawings) {
    within[line.about].insert(label_within(*result.outcome.labels, line));
    ++lines[line.about];
  }
  std::size_t rods = 0, cylinders = 0;
  for (const auto& [about, ids] : within) {
    ASSERT_EQ(ids.size(), 1U) << about;
    if (about.find("rod") != std::string::npos) {
      EXPECT_GE(*ids.begin(), anatomy::kFirstRod) << about;
      ++rods;
    } else {
      EXPECT_EQ(about.find(anatomy::short_name(*ids.begin()) + " Cyl_HU"), 0U) << about;
      EXPECT_GE(lines[about], 7U) << "two outlines and rings 2 mm apart over 9 mm";
      ++cylinders;
    }
  }
  EXPECT_EQ(rods, 5U);
  EXPECT_GE(cylinders, 3U);
}

TEST(BoneQct, WithoutAPadTheTissuesSpeakAndSaySo) {
  const auto result = run(given(without_pad()));
  const auto* row = trunk::find(result, "L1", "Tb_vBMD");
  ASSERT_NE(row, nullptr);
  if (row->value) {
    EXPECT_EQ(row->quality, Quality::kUncertain);
    EXPECT_THAT(row->reason, HasSubstr("own tissues"));
    EXPECT_NEAR(*row->value, 120.0, 40.0);
  } else {
    EXPECT_THAT(row->reason, HasSubstr("tissues"));
  }
  EXPECT_TRUE(trunk::find(result, "L1", "Tb_HU")->value.has_value());
}

TEST(BoneQct, AMapOfDensityIsMadeWhenAskedAndHoldsTheBonesAlone) {
  BoneQct::Params params;
  EXPECT_EQ(run(given(with_pad()), params).outcome.maps.count("density"), 0U);
  params.density_map = BoneQct::DensityMap::kBones;
  const auto study = given(with_pad());
  const auto result = run(study, params);
  const Volume& map = *result.outcome.maps.at("density");
  EXPECT_EQ(result.outcome.scales.at("density").unit, "mg/cm3");
  std::size_t bone = 0;
  std::size_t wrong = 0;
  double inside_mg_cm3 = 0.0;
  const auto count = map.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const float value = map.GetBufferPointer()[n];
    const bool is_bone = study.labels->GetBufferPointer()[n] != 0;
    wrong += std::isnan(value) == is_bone ? 1U : 0U;
    if (!is_bone) continue;
    ++bone;
    inside_mg_cm3 += value;
  }
  EXPECT_EQ(wrong, 0U);
  ASSERT_GT(bone, 0U);
  // Marrow of about 120 mg/cm3 within a cortex that is denser.
  EXPECT_GT(inside_mg_cm3 / static_cast<double>(bone), 110.0);
  EXPECT_LT(inside_mg_cm3 / static_cast<double>(bone), 400.0);
  params.calibration = Calibration::kNone;
  EXPECT_EQ(run(study, params).outcome.maps.count("density"), 0U);
}

TEST(BoneQct, NoCalibrationLeavesHuAlone) {
  const auto result = run(given(with_pad()), by(Calibration::kNone));
  EXPECT_EQ(trunk::find(result, "L1", "Tb_vBMD")->quality, Quality::kFailed);
  EXPECT_FALSE(needs_eyes(*trunk::find(result, "L1", "Tb_vBMD"))) << "nobody can mend it";
  EXPECT_NEAR(trunk::find(result, "L1", "Tb_HU")->value.value(), 5.0 + 1.4 * 120.0, 3.0);
  EXPECT_FALSE(result.mean.vbmd_mg_per_cm3.value.has_value());
}

TEST(BoneQct, TheCalibrationOfOneScanServesAnotherOfItsProtocol) {
  const auto pad = run(given(with_pad()));
  auto study = given(without_pad());
  study.stored = parse_calibration(pad.outcome.texts.at("calibration.toml"));
  const auto result = run(study, by(Calibration::kStored));
  EXPECT_NEAR(trunk::find(result, "L2", "Tb_vBMD")->value.value(), 115.0, 2.5);
  study.protocol.tube_kv = 100.0;
  const auto other = run(study, by(Calibration::kStored));
  EXPECT_EQ(trunk::find(other, "L2", "Tb_vBMD")->quality, Quality::kFailed);
  EXPECT_THAT(trunk::find(other, "L2", "Tb_vBMD")->reason, HasSubstr("100"));
}

TEST(BoneQct, ABrokenBodyIsFlaggedAndNotInTheMean) {
  trunk::Params p = trunk::spine();
  p.pad.kind = trunk::PadKind::kModel3;
  p.spine.fracture_level = phantom::Level::kL1;
  p.spine.fracture_loss_percent = 40.0;
  p.scan.pitch_mm = 1.5;
  const auto result = run(given(trunk::draw(p)));
  EXPECT_GE(trunk::find(result, "L1", "Genant_grade")->value.value_or(0.0), 2.0);
  EXPECT_THAT(trunk::find(result, "L1", "Cyl_vBMD")->reason, HasSubstr("deformed"));
  EXPECT_EQ(result.mean.region, "L2-L3");
  EXPECT_EQ(result.mean.vbmd_mg_per_cm3.quality, Quality::kUncertain);
}

TEST(BoneQct, ContrastAgentIsSeenInTheImageAndReadInTheHeader) {
  EXPECT_EQ(trunk::find(run(given(with_pad())), "L1", "Cyl_HU")->reason, "");
  trunk::Params p = trunk::spine();
  p.pad.kind = trunk::PadKind::kModel3;
  p.body.contrast = true;
  const auto drawn = trunk::draw(p);
  const auto result = run(given(drawn));
  EXPECT_THAT(trunk::find(result, "L1", "Cyl_HU")->reason, HasSubstr("contrast agent"));
  auto stated = given(with_pad());
  stated.contrast_agent = "Iomeron";
  EXPECT_THAT(trunk::find(run(stated), "L1", "Tb_vBMD")->reason, HasSubstr("Iomeron"));
}

TEST(BoneQct, ScrewsTakeTheDensityOfTheirBodies) {
  trunk::Params p = trunk::spine();
  p.body.screws = true;
  p.pad.kind = trunk::PadKind::kModel3;
  const auto result = run(given(trunk::draw(p)), by(Calibration::kAuto));
  EXPECT_THAT(trunk::find(result, "L4", "Cyl_HU")->reason, HasSubstr("metal"));
  EXPECT_THAT(trunk::find(result, "L5", "Cyl_HU")->reason, HasSubstr("metal"));
  EXPECT_TRUE(trunk::find(result, "L1", "Cyl_HU")->value.has_value());
}

TEST(BoneQct, AnotherVoltageOrNoneIsSaid) {
  auto study = given(with_pad());
  study.protocol.tube_kv.reset();
  EXPECT_THAT(trunk::find(run(study), "L1", "Cyl_HU")->reason, HasSubstr("not stated"));
  study.protocol.tube_kv = 100.0;
  const auto result = run(study);
  EXPECT_THAT(trunk::find(result, "L1", "Cyl_HU")->reason, HasSubstr("100 kV"));
  EXPECT_EQ(trunk::find(result, "L1", "Cyl_vBMD")->quality, Quality::kGood) << "the pad was there";
}

TEST(BoneQct, WhatDepartsFromTheProtocolIsFlagged) {
  BoneQct::Params params;
  params.protocol.max_slice_mm = 1.5;
  params.protocol.kernel = "B40f";
  params.protocol.tube_kv = 120.0;
  const auto reason = trunk::find(run(given(with_pad()), params), "L1", "Cyl_vBMD")->reason;
  EXPECT_THAT(reason, HasSubstr("slices 3 mm thick, the protocol allows 1.5 mm"));
  EXPECT_THAT(reason, HasSubstr("kernel B30f, the protocol asks for B40f"));
  EXPECT_THAT(reason, ::testing::Not(HasSubstr("voltage")));
}

TEST(BoneQct, APhantomAloneGivesACalibrationAndNoBone) {
  const auto& drawn = with_pad();
  auto study = trunk::study_of(drawn);
  auto none = phantom::blank<Labels>({1, 1, 1}, {1, 1, 1}, 0);
  none->CopyInformation(drawn.scan);
  none->SetRegions(drawn.scan->GetLargestPossibleRegion());
  none->Allocate(true);
  study.labels = none.GetPointer();
  const auto result = run(study);
  EXPECT_FALSE(result.spine.has_value());
  EXPECT_TRUE(result.outcome.texts.contains("calibration.toml"));
  EXPECT_EQ(trunk::find(result, "scan", "calibration_slope")->quality, Quality::kGood);
}

TEST(BoneQct, RefusesWhatIsNoCtOfBone) {
  auto scan = phantom::blank<Volume>({40, 40, 40}, {2, 2, 2}, 100.0F);
  EXPECT_THAT(refusal({.scan = scan.GetPointer()}), HasSubstr("no HU"));
  scan->FillBuffer(-1000.0F);
  for (long z = 10; z < 30; ++z)
    for (long y = 10; y < 30; ++y)
      for (long x = 10; x < 30; ++x) scan->SetPixel({{x, y, z}}, 40.0F);
  scan->SetPixel({{20, 20, 20}}, 300.0F);
  EXPECT_THAT(refusal({.scan = scan.GetPointer()}), HasSubstr("no bone"));
  auto coarse = phantom::blank<Volume>({20, 20, 20}, {2, 2, 8}, 0.0F);
  EXPECT_THAT(refusal({.scan = coarse.GetPointer()}), HasSubstr("at most 5 mm"));
}

TEST(BoneQct, APhantomThatIsNotInTheTableIsAMistakeOfTheUser) {
  BoneQct::Params params;
  params.phantom = "Mindways";
  EXPECT_THAT(refusal(given(with_pad()), params), HasSubstr("not in the table; it has Mindways Model 3"));
}

}  // namespace
}  // namespace ledd
