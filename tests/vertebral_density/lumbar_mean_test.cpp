#include "ledd/vertebral_density/lumbar_mean.h"

#include <gmock/gmock.h>

#include "ledd/anatomy/anatomy.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

/// L1, L2, ... with these HU in their cylinders.
VertebralDensityResult row_of(const std::vector<double>& hu) {
  VertebralDensityResult result;
  for (std::size_t n = 0; n < hu.size(); ++n) {
    VertebralDensityResult::Vertebra v;
    v.id = static_cast<std::uint16_t>(anatomy::kL1 + n);
    v.cylinder = {500, hu[n], 20.0};
    v.where = VertebralDensityResult::Cylinder{};
    result.vertebrae.push_back(v);
  }
  return result;
}

/// HU = 1.25 density, error of `se` mg/cm3.
DensityScale scale(double se = 0.0, Mineral mineral = Mineral::kK2HPO4) {
  DensityLine line;
  line.mineral = mineral;
  line.sigma_hu = 1.25;
  line.var_beta = 1.25 * 1.25 * se * se;
  line.points = 5;
  return {line, ""};
}

TEST(LumbarMean, IsThatOfL1AndL2) {
  const auto mean = lumbar_mean(row_of({150, 100, 10}), scale(), {});
  EXPECT_EQ(mean.region, "L1-L2");
  EXPECT_NEAR(mean.vbmd_mg_per_cm3.value.value(), 100.0, 1e-9);
  EXPECT_EQ(mean.category, AcrCategory::kLow);
  EXPECT_EQ(mean.vbmd_mg_per_cm3.quality, Quality::kGood);
  EXPECT_EQ(mean.category_doubt, "");
}

TEST(LumbarMean, LimitsBelongToTheMiddleCategory) {
  const auto category = [](double density) {
    return lumbar_mean(row_of({1.25 * density, 1.25 * density}), scale(), {}).category;
  };
  EXPECT_EQ(category(79.99), AcrCategory::kOsteoporosis);
  EXPECT_EQ(category(80.01), AcrCategory::kLow);
  EXPECT_EQ(category(119.99), AcrCategory::kLow);
  EXPECT_EQ(category(120.01), AcrCategory::kNormal);
}

TEST(LumbarMean, TakesTheNextWhereOneIsExcludedAndSaysSo) {
  const auto mean = lumbar_mean(row_of({300, 100, 150}), scale(), {{anatomy::kL1, "deformed, grade 2"}});
  EXPECT_EQ(mean.region, "L2-L3");
  EXPECT_NEAR(mean.vbmd_mg_per_cm3.value.value(), 100.0, 1e-9);
  EXPECT_EQ(mean.vbmd_mg_per_cm3.quality, Quality::kUncertain);
  EXPECT_THAT(mean.vbmd_mg_per_cm3.reason, HasSubstr("L1: deformed, grade 2"));
}

TEST(LumbarMean, OneIsBetterThanNone) {
  EXPECT_EQ(lumbar_mean(row_of({100}), scale(), {}).region, "L1");
  const auto none = lumbar_mean({}, scale(), {});
  EXPECT_FALSE(none.vbmd_mg_per_cm3.value.has_value());
  EXPECT_FALSE(none.category.has_value());
  EXPECT_THAT(none.vbmd_mg_per_cm3.reason, HasSubstr("L1: not in view"));
}

TEST(LumbarMean, L5DoesNotCount) {
  auto result = row_of({100, 100, 100, 100, 100});
  result.vertebrae.erase(result.vertebrae.begin(), result.vertebrae.end() - 1);
  EXPECT_FALSE(lumbar_mean(result, scale(), {}).vbmd_mg_per_cm3.value.has_value());
}

TEST(LumbarMean, HaIsConvertedForTheCategory) {
  // 100 mg HA/cm3 are (100 + 7.32) / 1.15 = 93.3 mg K2HPO4/cm3.
  const auto mean = lumbar_mean(row_of({125, 125}), scale(0.0, Mineral::kHA), {});
  EXPECT_NEAR(mean.vbmd_mg_per_cm3.value.value(), 93.32, 0.01);
}

TEST(LumbarMean, AValueWithinItsErrorOfALimitIsADoubtfulCategory) {
  const auto mean = lumbar_mean(row_of({104, 104}), scale(4.0), {});  // 83.2 +- 7.8
  EXPECT_THAT(mean.category_doubt, HasSubstr("limit of 80"));
  const auto rows = measurements(mean);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].quality, Quality::kGood) << "the mean itself is not in doubt";
  EXPECT_EQ(rows[2].quality, Quality::kUncertain);
}

TEST(LumbarMean, WithoutCalibrationThereIsNone) {
  const auto rows = measurements(lumbar_mean(row_of({100, 100}), {std::nullopt, "no phantom"}, {}));
  for (const auto& m : rows) {
    EXPECT_EQ(m.quality, Quality::kFailed);
    EXPECT_EQ(m.reason, "no phantom");
  }
}

}  // namespace
}  // namespace ledd
