#include "ledd/hip_density/hip_density.h"

#include <gmock/gmock.h>

#include <map>

#include "ledd/core/error.h"

#include "oblique.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

constexpr double kInside = 160.0, kOutside = 700.0;

/// A block along the neck axis x: 40 mm in front-to-back, 40 mm high; head, neck, trochanteric, shaft of 30
/// mm each. HU `kOutside` within 2 mm of its surface.
struct Block {
  Volume::Pointer hu;
  FemurRegions::Result femur;
};

Block block(const Point& spacing_mm = {1, 1, 1}) {
  Block b;
  b.hu = testing::oblique_grid<Volume>(spacing_mm, {140, 60, 60}, {5, -3, 8}, {0, 0, false});
  b.femur.regions = testing::oblique_grid<Labels>(spacing_mm, {140, 60, 60}, {5, -3, 8}, {0, 0, false});
  const auto deep = [](const Point& p) {
    return std::min({60.0 - std::fabs(p[0] - 5), 20.0 - std::fabs(p[1] + 3), 20.0 - std::fabs(p[2] - 8)});
  };
  testing::fill(*b.hu, [&](const Point& p) {
    return deep(p) < 0 ? 50.0 : deep(p) < 2.0 ? kOutside : kInside;
  });
  testing::fill(*b.femur.regions, [&](const Point& p) {
    return deep(p) < 0 ? 0 : 1 + std::min(3, static_cast<int>((p[0] + 55.0) / 30.0));
  });
  b.femur.frame.neck_axis = {1, 0, 0};
  b.femur.neck_whole = b.femur.frame.shaft_in_view = b.femur.trochanteric_whole = b.femur.shaft_whole = true;
  return b;
}

DensityLine line() {
  DensityLine l;
  l.source = "a phantom";
  l.sigma_hu = 1.25;
  l.beta_hu = 10.0;
  l.var_sigma = 1e-4;
  l.var_beta = 1.0;
  return l;
}

using Table = std::map<std::string, Measurement>;

Table table(const HipDensity::Result& result) {
  Table all;
  for (const auto& m : measurements(result)) all[m.region + "/" + m.endpoint + "/" + m.statistic] = m;
  return all;
}

Table measured_block(const Block& b,
                     const std::optional<DensityLine>& calibration,
                     const std::string& doubt = "") {
  Context context;
  return table(HipDensity()(*b.hu, b.femur, anatomy::Side::kRight, calibration, doubt, context));
}

double value(const Table& all, const std::string& key) {
  return all.at(key).value.value_or(-1.0);
}

TEST(HipDensity, ABlockOfKnownDensityIsMeasured) {
  const auto all = measured_block(block(), line());
  EXPECT_NEAR(value(all, "femur/Hip_Vol/value"), 192.0, 1e-6);
  EXPECT_NEAR(value(all, "neck/Hip_Vol/value"), 48.0, 1e-6);
  EXPECT_NEAR(value(all, "total hip/Hip_Vol/value"), 144.0, 1e-6);
  const double shell = 1.0 - 36.0 * 36.0 / (40.0 * 40.0), hu = shell * kOutside + (1 - shell) * kInside;
  EXPECT_NEAR(value(all, "neck/Hip_HU/value"), hu, 1e-3);
  EXPECT_NEAR(value(all, "neck/Hip_vBMD/value"), (hu - 10.0) / 1.25, 1e-3);
  EXPECT_NEAR(value(all, "neck/Hip_Tb_vBMD/value"), (kInside - 10.0) / 1.25, 1e-3);
  EXPECT_NEAR(value(all, "neck/Hip_Ct_vBMD/value"), (kOutside - 10.0) / 1.25, 1e-3);
  EXPECT_NEAR(value(all, "neck/Hip_BMC/value"), (hu - 10.0) / 1.25 * 48.0 / 1e3, 1e-5);
  // The shadow of the neck is 30 by 40 mm.
  EXPECT_NEAR(value(all, "neck/Hip_Proj_Ar/value"), 12.0, 0.3);
  EXPECT_NEAR(
      value(all, "neck/Hip_Proj_aBMD/value"), (hu - 10.0) / 1.25 * 4.0 / 1e3, 0.03 * hu / 1.25 * 4.0 / 1e3);
  EXPECT_EQ(all.count("head/Hip_Proj_aBMD/value"), 0U);
  EXPECT_GT(value(all, "neck/Hip_vBMD/se"), 0.0);
  for (const auto& [key, m] : all) {
    EXPECT_EQ(m.side, "R") << key;
    EXPECT_EQ(m.quality, Quality::kGood) << key << ": " << m.reason;
  }
}

TEST(HipDensity, VoxelsThatAreNoCubesMeasureTheSame) {
  const auto fine = measured_block(block(), line()), other = measured_block(block({0.8, 1.0, 2.0}), line());
  for (const char* key :
       {"neck/Hip_Vol/value", "neck/Hip_Tb_vBMD/value", "neck/Hip_Proj_Ar/value", "neck/Hip_BMC/value"})
    EXPECT_NEAR(value(other, key), value(fine, key), 0.03 * value(fine, key)) << key;
}

TEST(HipDensity, WithoutACalibrationThereAreHuAloneAndNoDensity) {
  const auto all = measured_block(block(), std::nullopt);
  EXPECT_TRUE(all.at("neck/Hip_HU/value").value.has_value());
  EXPECT_TRUE(all.at("neck/Hip_Tb_HU/value").value.has_value());
  for (const char* key :
       {"neck/Hip_vBMD/value", "neck/Hip_Tb_vBMD/value", "neck/Hip_BMC/value", "neck/Hip_Proj_aBMD/value"}) {
    EXPECT_FALSE(all.at(key).value.has_value()) << key;
    EXPECT_THAT(all.at(key).reason, HasSubstr("not calibrated"));
    EXPECT_TRUE(all.at(key).inherent);
  }
}

TEST(HipDensity, ADoubtAboutTheOutlineIsCarriedByEveryValue) {
  for (const auto& [key, m] : measured_block(block(), line(), "streaks")) {
    EXPECT_EQ(m.quality, Quality::kUncertain) << key;
    EXPECT_EQ(m.reason, "streaks") << key;
  }
}

TEST(HipDensity, ARefusedSideHasTheSameRowsWithTheReason) {
  const auto good = measured_block(block(), line());
  const auto refused = table(HipDensity::refused(anatomy::Side::kLeft, "metal"));
  for (const auto& [key, m] : good) {
    if (m.statistic != "value") continue;
    ASSERT_EQ(refused.count(key), 1U) << key;
    EXPECT_FALSE(refused.at(key).value.has_value());
    EXPECT_EQ(refused.at(key).reason, "metal");
    EXPECT_EQ(refused.at(key).side, "L");
  }
}

TEST(HipDensity, AShaftOutOfViewFailsItselfAndTheTotalHipAlone) {
  auto b = block();
  b.femur.frame.shaft_in_view = b.femur.trochanteric_whole = b.femur.shaft_whole = false;
  const auto all = measured_block(b, line());
  EXPECT_EQ(all.at("shaft/Hip_vBMD/value").quality, Quality::kFailed);
  EXPECT_EQ(all.at("total hip/Hip_Proj_aBMD/value").quality, Quality::kFailed);
  EXPECT_EQ(all.at("trochanteric/Hip_vBMD/value").quality, Quality::kUncertain);
  EXPECT_EQ(all.at("neck/Hip_vBMD/value").quality, Quality::kGood);
  EXPECT_EQ(all.at("neck/Hip_Proj_aBMD/value").quality, Quality::kGood);
}

TEST(HipDensity, ANeckOutOfViewLeavesTheHead) {
  auto b = block();
  b.femur.neck_whole = b.femur.frame.shaft_in_view = b.femur.trochanteric_whole = b.femur.shaft_whole = false;
  const auto all = measured_block(b, line());
  EXPECT_EQ(all.at("head/Hip_vBMD/value").quality, Quality::kUncertain);
  for (const char* region : {"neck", "trochanteric", "shaft", "total hip"})
    EXPECT_EQ(all.at(std::string(region) + "/Hip_vBMD/value").quality, Quality::kFailed) << region;
}

TEST(HipDensity, AVoxelWithoutANumberOrAnotherGridIsNotMeasured) {
  auto b = block();
  b.hu->SetPixel({{70, 30, 30}}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(measured_block(b, line()).at("neck/Hip_vBMD/value").reason, HasSubstr("hold no number"));
  b.hu = block({1, 1, 2}).hu;
  EXPECT_THROW(measured_block(b, line()), Error);
}

}  // namespace
}  // namespace ledd
