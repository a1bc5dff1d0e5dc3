#include "ledd/measurement/measurement.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/error.h"
#include "ledd/measurement/estimate.h"

namespace ledd {
namespace {

const EndpointDefinition kHa{"Ha", "Anterior height", "mm", "six-point/1", "", "", ""};

TEST(Measurement, NanIsNeverAValue) {
  EXPECT_THROW(measured("L1", kHa, std::numeric_limits<double>::quiet_NaN()), Error);
  EXPECT_THROW(uncertain("L1", kHa, std::numeric_limits<double>::infinity(), "why"), Error);
}

TEST(Measurement, AFailureHasNoValueButAReason) {
  const Measurement m = failed("L1", kHa, "the body is cut by the border");
  EXPECT_FALSE(m.value.has_value());
  EXPECT_EQ(m.quality, Quality::kFailed);
  EXPECT_EQ(m.reason, "the body is cut by the border");
}

TEST(Measurement, TakesKeyAndUnitFromTheDefinition) {
  const Measurement m = measured("L1", kHa, 25.5);
  EXPECT_EQ(m.endpoint, "Ha");
  EXPECT_EQ(m.unit, "mm");
  EXPECT_EQ(*m.value, 25.5);
  EXPECT_EQ(m.quality, Quality::kGood);
}

TEST(Estimate, HasItsErrorBesideItWithTheSameQualityAndReason) {
  std::vector<Measurement> out;
  push_estimate("L1", kHa, {25.5, 0.2, Quality::kUncertain, "few slices"}, out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].statistic, "value");
  EXPECT_EQ(out[0].value, 25.5);
  EXPECT_EQ(out[1].statistic, "se");
  EXPECT_EQ(out[1].value, 0.2);
  for (const auto& m : out) {
    EXPECT_EQ(m.quality, Quality::kUncertain);
    EXPECT_EQ(m.reason, "few slices");
  }
}

TEST(Estimate, WithoutAValueIsOneRowThatSaysWhy) {
  std::vector<Measurement> out;
  push_estimate("L1", kHa, {std::nullopt, 0.2, Quality::kFailed, "cut by the border"}, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_FALSE(out[0].value.has_value());
  EXPECT_EQ(out[0].reason, "cut by the border");
}

TEST(Estimate, WithoutAnErrorIsOneRow) {
  std::vector<Measurement> out;
  push_estimate("L1", kHa, {25.5, std::nullopt, Quality::kGood, ""}, out);
  EXPECT_EQ(out.size(), 1U);
}

TEST(Estimate, AFailedQualityNeverLetsAValueThrough) {
  const Measurement m = graded("L1", kHa, 25.5, Quality::kFailed, "cut by the border");
  EXPECT_FALSE(m.value.has_value());
  EXPECT_EQ(m.quality, Quality::kFailed);
}

TEST(Estimate, AKeyWithoutADefinitionIsABug) {
  const std::vector<EndpointDefinition> all{kHa};
  EXPECT_EQ(definition_of("Ha", all).unit, "mm");
  try {
    definition_of("Hb", all);
    FAIL() << "found";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInternal);
  }
}

TEST(Measurement, OnlyWhatAReaderCouldSettleNeedsEyes) {
  EXPECT_FALSE(needs_eyes(measured("L1", kHa, 25.5)));
  EXPECT_TRUE(needs_eyes(uncertain("L1", kHa, 25.5, "faint")));
  EXPECT_TRUE(needs_eyes(failed("L1", kHa, "not found")));
  EXPECT_FALSE(needs_eyes(inherent(failed("L1", kHa, "cut by the border"))));
  EXPECT_FALSE(inherent(measured("L1", kHa, 25.5)).inherent) << "a good value lacks nothing";
}

}  // namespace
}  // namespace ledd
