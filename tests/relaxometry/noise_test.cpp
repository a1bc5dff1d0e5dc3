#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>

#include "ledd/core/error.h"
#include "ledd/relaxometry/background_noise.h"
#include "ledd/relaxometry/relaxometry.h"
#include "ledd/relaxometry/rician.h"

#include "decay.h"

namespace ledd {
namespace {

using decay::at;
using ::testing::HasSubstr;
using Model = Relaxometry::Model;

/// The mean of Rice's density by adding up m^2 exp(-(m - a)^2 / 2) I0e(m a), I0e itself as a mean over an
/// angle.
double by_integration(double a) {
  const double low = std::max(0.0, a - 10.0), high = a + 10.0;
  constexpr int kSteps = 4000, kAngles = 400;
  const double h = (high - low) / kSteps;
  double sum = 0.0;
  for (int i = 0; i <= kSteps; ++i) {
    const double m = low + h * i;
    double i0e = 0.0;
    for (int j = 0; j < kAngles; ++j)
      i0e += std::exp(m * a * (std::cos(2.0 * M_PI * (j + 0.5) / kAngles) - 1.0)) / kAngles;
    sum += (i == 0 || i == kSteps ? 0.5 : 1.0) * m * m * std::exp(-0.5 * (m - a) * (m - a)) * i0e * h;
  }
  return sum;
}

TEST(RicianMean, IsTheMeanOfRicesDensity) {
  for (const double a : {0.0, 0.1, 0.5, 1.0, 2.0, 3.3, 7.0, 15.0})
    EXPECT_NEAR(rician_mean(a * 20.0, 20.0).mean / 20.0, by_integration(a), 1e-6) << a;
}

TEST(RicianMean, SlopeIsThatOfTheMeanAndNothingJumpsWhereTheTableEnds) {
  for (const double a : {0.3, 1.7, 5.0, 20.0, 39.9999, 40.0001, 300.0}) {
    const double h = 1e-4 * a;
    const double slope = (rician_mean(a + h, 1.0).mean - rician_mean(a - h, 1.0).mean) / (2.0 * h);
    EXPECT_NEAR(rician_mean(a, 1.0).slope, slope, 1e-6) << a;
  }
  EXPECT_NEAR(rician_mean(40.0 - 1e-9, 1.0).mean, rician_mean(40.0 + 1e-9, 1.0).mean, 1e-8);
}

TEST(RicianMean, BesselFunctionsAgreeWithTheStandardLibrary) {
  for (const double z : {0.0, 0.01, 1.0, 5.0, 12.0, 29.9, 30.1, 100.0, 600.0}) {
    EXPECT_NEAR(bessel_i0e(z) / (std::cyl_bessel_i(0.0, z) * std::exp(-z)), 1.0, 1e-12) << z;
    EXPECT_NEAR(bessel_i1e(z) - std::cyl_bessel_i(1.0, z) * std::exp(-z), 0.0, 1e-12) << z;
  }
}

double median_bias(const decay::Series& series, double truth, const Relaxometry::Params& params) {
  Context context;
  const auto result = Relaxometry(params)(series.echoes(), nullptr, context);
  std::vector<double> values;
  for (std::size_t v = 0; v < series.images[0]->GetLargestPossibleRegion().GetNumberOfPixels(); ++v)
    values.push_back(std::isnan(at(*result.value_ms, v)) ? params.max_ms : at(*result.value_ms, v));
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return 100.0 * (values[values.size() / 2] / truth - 1.0);
}

/// A line through ln S with weights from the measured signal: what must not be done.
double measured_weights_bias(const decay::Series& series, double truth) {
  std::vector<double> values;
  const std::size_t voxels = series.images[0]->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < voxels; ++v) {
    double w1 = 0, wt = 0, wy = 0, wtt = 0, wty = 0;
    for (std::size_t i = 0; i < series.images.size(); ++i) {
      const double s = at(*series.images[i], v), w = s * s, t = series.times_ms[i];
      w1 += w;
      wt += w * t;
      wy += w * std::log(s);
      wtt += w * t * t;
      wty += w * t * std::log(s);
    }
    const double slope = (w1 * wty - wt * wy) / (w1 * wtt - wt * wt);
    values.push_back(slope < 0.0 ? -1.0 / slope : 1000.0);
  }
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return 100.0 * (values[values.size() / 2] / truth - 1.0);
}

struct Bias {
  double t2_ms, snr, log_linear, measured, nlls, rician;
};

// Medians of the same experiment done elsewhere, with its own Monte Carlo error of 2 % (400 fits each).
class RicianBias : public ::testing::TestWithParam<Bias> {};

TEST_P(RicianBias, IsWhatAnIndependentExperimentFound) {
  const Bias& b = GetParam();
  const auto series = decay::noisy(decay::every(10.0, 7), 20000, {100.0, b.t2_ms}, 100.0 / b.snr, 17);
  const auto bias = [&](Model model, Relaxometry::Weights weights = Relaxometry::Weights::kFitted) {
    return median_bias(
        series, b.t2_ms, {.model = model, .weights = weights, .noise_sigma = 100.0 / b.snr, .min_snr = 0.0});
  };
  const double log_linear = bias(Model::kLogLinear, Relaxometry::Weights::kNone);
  const double fitted = bias(Model::kLogLinear), nlls = bias(Model::kNlls), rician = bias(Model::kRician);
  const double measured = measured_weights_bias(series, b.t2_ms);
  std::printf(
      "T2 %g SNR %g: log-linear %+.1f, measured weights %+.1f, fitted weights %+.1f, NLLS %+.1f, Rician "
      "%+.2f %%\n",
      b.t2_ms,
      b.snr,
      log_linear,
      measured,
      fitted,
      nlls,
      rician);
  EXPECT_NEAR(log_linear, b.log_linear, 2.5);
  EXPECT_NEAR(measured, b.measured, 2.5);
  EXPECT_NEAR(nlls, b.nlls, 2.5);
  EXPECT_LT(std::abs(rician), 2.0);
  EXPECT_LT(fitted, measured);
}
INSTANTIATE_TEST_SUITE_P(Relaxometry,
                         RicianBias,
                         ::testing::Values(Bias{25, 10, 35.0, 49.0, 20.6, 0.4},
                                           Bias{40, 10, 6.7, 22.0, 9.3, 1.6},
                                           Bias{25, 20, 8.6, 14.6, 6.3, 1.2}));

/// A disc of tissue in air, 128 x 128 x 2.
Volume::Pointer disc_in_air(double sigma, double air_scale) {
  auto image = phantom::blank<Volume>({128, 128, 2}, {0.5, 0.5, 4.0}, 0.0F);
  std::mt19937_64 random(9);
  std::normal_distribution<double> noise(0.0, sigma);
  for (int v = 0; v < 128 * 128 * 2; ++v) {
    const bool inside = std::hypot(v % 128 - 64, v / 128 % 128 - 64) < 40;
    const double real = (inside ? 400.0 : 0.0) + noise(random);
    const double m = std::hypot(real, noise(random));
    image->GetBufferPointer()[v] = static_cast<float>(inside ? m : air_scale * m);
  }
  return image;
}

TEST(BackgroundNoise, IsReadFromTheAir) {
  const BackgroundNoise noise = background_noise(*disc_in_air(12.0, 1.0));
  EXPECT_EQ(noise.refusal, "");
  EXPECT_NEAR(noise.sigma, 12.0, 0.25);
  EXPECT_GT(noise.voxels, 5000U);
}

TEST(BackgroundNoise, AirSetToZeroIsRefused) {
  const BackgroundNoise noise = background_noise(*disc_in_air(12.0, 0.0));
  EXPECT_EQ(noise.sigma, 0.0);
  EXPECT_THAT(noise.refusal, HasSubstr("hold zeros"));
}

TEST(BackgroundNoise, FilteredAirIsRefused) {
  auto image = disc_in_air(12.0, 1.0);
  for (int v = 0; v < 128 * 128 * 2; ++v)
    if (float& m = image->GetBufferPointer()[v]; m < 100.0F) m = 3.0F + 0.05F * m;
  EXPECT_THAT(background_noise(*image).refusal, HasSubstr("instead of 1.91"));
  EXPECT_THAT(background_noise(*phantom::blank<Volume>({8, 8, 1}, {1, 1, 1}, 1.0F)).refusal,
              HasSubstr("smaller"));
}

TEST(BackgroundNoise, RicianModelNeedsIt) {
  const auto good = disc_in_air(12.0, 1.0), bad = disc_in_air(12.0, 0.0);
  Context context;
  const Relaxometry rician({.model = Model::kRician});
  const std::vector<Echo> usable{{good.GetPointer(), 10.0}, {good.GetPointer(), 20.0}};
  EXPECT_NEAR(rician(usable, nullptr, context).sigma_used, 12.0, 0.25);
  const std::vector<Echo> unusable{{bad.GetPointer(), 10.0}, {bad.GetPointer(), 20.0}};
  EXPECT_THROW(rician(unusable, nullptr, context), Error);
  const auto plain = Relaxometry()(unusable, nullptr, context);
  EXPECT_EQ(plain.sigma_used, 0.0);
  EXPECT_THAT(plain.noise_note, HasSubstr("no noise"));
}

}  // namespace
}  // namespace ledd
