#include "ledd/density_calibration/stored_calibration.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

namespace ledd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StoredCalibration stored() {
  StoredCalibration c;
  c.line = {"QRM-BDC 3", Mineral::kHA, 1.4, 3.25, 1e-4, 2.0, -0.01, 1.5, 0.9999, 3, 2.5, 1.6, -1000.5};
  c.protocol = {"MAKER", "Model", "CT1", "1234", 120.0, "B30f", 1.25, "20240101"};
  return c;
}

TEST(StoredCalibration, ReadsBackWhatWasWritten) {
  const auto c = stored();
  const auto back = parse_calibration(to_toml(c));
  EXPECT_EQ(back.line.source, "QRM-BDC 3");
  EXPECT_EQ(back.line.mineral, Mineral::kHA);
  EXPECT_EQ(back.line.density_mg_cm3(123.4), c.line.density_mg_cm3(123.4));
  EXPECT_EQ(back.line.density_se_mg_cm3(123.4, 1.0), c.line.density_se_mg_cm3(123.4, 1.0));
  EXPECT_EQ(back.line.sigma_ref, c.line.sigma_ref);
  EXPECT_EQ(back.line.points, 3);
  EXPECT_EQ(back.protocol.kernel, "B30f");
  EXPECT_EQ(back.protocol.tube_kv, 120.0);
  EXPECT_EQ(to_toml(back), to_toml(c));
}

TEST(StoredCalibration, AFaultyTextNamesTheKey) {
  const std::string good = to_toml(stored());
  const auto refusal = [&](const std::string& what, const std::string& with) {
    std::string text = good;
    EXPECT_NE(text.find(what), std::string::npos) << what << " is not in\n" << text;
    if (text.find(what) == std::string::npos) return std::string();
    text.replace(text.find(what), what.size(), with);
    try {
      parse_calibration(text);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::kFormat);
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal("sigma_hu = 1.4", "sigma_hu = 0"), HasSubstr("sigma_hu"));
  EXPECT_THAT(refusal("sigma_hu = 1.4", "sigma = 1.4"), HasSubstr("sigma_hu' is missing"));
  EXPECT_THAT(refusal("sigma_hu = 1.4", "sigma_hu = nan"), HasSubstr("finite"));
  EXPECT_THAT(refusal("sigma_hu = 1.4", "sigma_hu = 1.4\nsurprise = 1"), HasSubstr("line.surprise"));
  EXPECT_THAT(refusal("HA", "bone"), HasSubstr("bone"));
  EXPECT_THAT(refusal("20240101", "20240231"), HasSubstr("no date"));
  EXPECT_THAT(refusal("covariance = -0.01", "covariance = -1.0"), HasSubstr("covariance"));
  EXPECT_THAT(refusal("var_beta = 2", "var_beta = -2"), HasSubstr("below 0"));
}

TEST(ApplyStoredCalibration, IsAppliedToTheSameProtocol) {
  auto scan = stored().protocol;
  scan.date = "20240201";
  const auto applied = ApplyStoredCalibration()(stored(), scan);
  ASSERT_TRUE(applied.line);
  EXPECT_EQ(applied.line->sigma_hu, 1.4);
  EXPECT_EQ(applied.age_days, 31);
}

TEST(ApplyStoredCalibration, EveryMismatchIsAReason) {
  CtProtocol scan{"OTHER", "Other", "CT2", "9", 100.0, "B70f", 5.0, "20240301"};
  const auto applied = ApplyStoredCalibration()(stored(), scan);
  EXPECT_FALSE(applied.line);
  EXPECT_THAT(applied.reasons,
              ElementsAre(HasSubstr("maker: 'MAKER'"),
                          HasSubstr("model"),
                          HasSubstr("station"),
                          HasSubstr("serial"),
                          HasSubstr("kernel: 'B30f' in the calibration, 'B70f'"),
                          HasSubstr("120 in the calibration, 100"),
                          HasSubstr("slice thickness"),
                          HasSubstr("60 days older than the scan, more than 31")));
}

TEST(ApplyStoredCalibration, WhatIsNotStatedDoesNotFit) {
  const auto applied = ApplyStoredCalibration()(stored(), CtProtocol{});
  EXPECT_EQ(applied.reasons.size(), 8U);
  for (const auto& reason : applied.reasons) EXPECT_THAT(reason, HasSubstr("not stated"));
}

TEST(ApplyStoredCalibration, ACalibrationMadeLaterAgesAsWell) {
  auto scan = stored().protocol;
  scan.date = "20231101";
  const auto applied = ApplyStoredCalibration()(stored(), scan);
  EXPECT_FALSE(applied.line);
  EXPECT_EQ(applied.age_days, -61);
  EXPECT_THAT(applied.reasons, ElementsAre(HasSubstr("61 days younger")));
  EXPECT_TRUE(ApplyStoredCalibration({.max_age_days = 61})(stored(), scan).line);
  EXPECT_THROW(ApplyStoredCalibration({.max_age_days = -1}), Error);
}

}  // namespace
}  // namespace ledd
