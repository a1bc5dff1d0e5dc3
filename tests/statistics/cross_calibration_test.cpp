#include "ledd/statistics/cross_calibration.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"

namespace ledd::statistics {
namespace {

TEST(CrossCalibration, GivesTheCertifiedValuesOfNorris) {
  // NIST Statistical Reference Datasets, Norris (calibration of ozone monitors), 36 points.
  const std::vector<double> y{0.1, 338.8, 118.1, 888.0, 9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
                              0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998.0, 888.8, 119.6, 0.3,
                              0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2};
  const std::vector<double> x{0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4,
                              0.6, 775.5, 666.9, 338.0, 447.5, 11.6,  556.0, 228.1, 995.8, 887.6, 120.2, 0.3,
                              0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1,  118.3, 229.2, 669.1, 448.9, 0.5};
  const LinearMap map = cross_calibration(x, y);
  EXPECT_NEAR(map.offset, -0.262323073774029, 1e-11);
  EXPECT_NEAR(map.slope, 1.00211681802045, 1e-13);
  EXPECT_NEAR(map.offset_se, 0.232818234301152, 1e-12);
  EXPECT_NEAR(map.slope_se, 0.429796848199937e-3, 1e-14);
  EXPECT_NEAR(map.residual_sd, 0.884796396144373, 1e-12);
  EXPECT_EQ(map.points, 36U);
}

TEST(CrossCalibration, ALineIsFoundAndItsErrorIsSmallestInTheMiddle) {
  const LinearMap map = cross_calibration({0, 50, 100, 200}, {5.1, 49.9, 95.1, 184.9});
  EXPECT_NEAR(map(100), 95.0, 0.3);
  EXPECT_LT(map.se_at(87.5), map.se_at(0));
  EXPECT_LT(map.se_at(87.5), map.se_at(200));
  EXPECT_NEAR(map.se_at(0), map.offset_se, 1e-12);
  EXPECT_NEAR(map.se_at(87.5), map.residual_sd / 2.0, 1e-9) << "at the mean of four points";
}

TEST(CrossCalibration, SaysWhereItWouldExtrapolate) {
  const LinearMap map = cross_calibration({50, 100, 200}, {50, 101, 200});
  EXPECT_TRUE(map.extrapolates(49.9));
  EXPECT_FALSE(map.extrapolates(50));
  EXPECT_FALSE(map.extrapolates(200));
  EXPECT_TRUE(map.extrapolates(201));
}

TEST(CrossCalibration, RefusesWhatDoesNotFit) {
  EXPECT_THROW(cross_calibration({1, 2}, {1, 2}), Error);
  EXPECT_THROW(cross_calibration({1, 2, 3}, {1, 2}), Error);
  EXPECT_THROW(cross_calibration({7, 7, 7}, {1, 2, 3}), Error);
  EXPECT_THROW(cross_calibration({1, 2, 3}, {3, 2, 1}), Error);
  EXPECT_THROW(cross_calibration({1, 2, 3}, {3, 2, std::numeric_limits<double>::quiet_NaN()}), Error);
}

}  // namespace
}  // namespace ledd::statistics
