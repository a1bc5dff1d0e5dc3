#include "ledd/measurement/measurement.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/error.h"

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

TEST(Measurement, OnlyWhatAReaderCouldSettleNeedsEyes) {
  EXPECT_FALSE(needs_eyes(measured("L1", kHa, 25.5)));
  EXPECT_TRUE(needs_eyes(uncertain("L1", kHa, 25.5, "faint")));
  EXPECT_TRUE(needs_eyes(failed("L1", kHa, "not found")));
  EXPECT_FALSE(needs_eyes(inherent(failed("L1", kHa, "cut by the border"))));
  EXPECT_FALSE(inherent(measured("L1", kHa, 25.5)).inherent) << "a good value lacks nothing";
}

}  // namespace
}  // namespace ledd
