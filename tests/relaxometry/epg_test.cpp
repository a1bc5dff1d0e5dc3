#include "ledd/relaxometry/epg.h"

#include <gmock/gmock.h>

#include <cmath>
#include <complex>

#include "ledd/relaxometry/relaxometry.h"

#include "decay.h"

namespace ledd {
namespace {

using decay::at;
using decay::code;

/// Spins turned one by one: Bloch's equations in matrices, recovery included, with 400 phases of the
/// crushers.
std::vector<double> by_isochromats(const EchoTrain& train, double t2_ms, double b1, int echoes) {
  constexpr int kSpins = 400;
  const double half = 0.5 * train.spacing_ms, e2 = std::exp(-half / t2_ms),
               e1 = std::exp(-half / train.t1_ms);
  const double excite = M_PI / 2 * b1, refocus = train.refocusing_deg * M_PI / 180 * b1;
  std::vector<std::complex<double>> sum(static_cast<std::size_t>(echoes));
  for (int spin = 0; spin < kSpins; ++spin) {
    const double phase = 2.0 * M_PI * spin / kSpins;
    double x = std::sin(excite), y = 0.0, z = std::cos(excite);  // about y: onto x
    const auto wait = [&] {
      const double cx = x * std::cos(phase) - y * std::sin(phase),
                   cy = x * std::sin(phase) + y * std::cos(phase);
      x = cx * e2;
      y = cy * e2;
      z = z * e1 + 1.0 - e1;
    };
    for (auto& echo : sum) {
      wait();
      const double ry = y * std::cos(refocus) - z * std::sin(refocus);  // about x
      z = y * std::sin(refocus) + z * std::cos(refocus);
      y = ry;
      wait();
      echo += std::complex<double>(x, y) / static_cast<double>(kSpins);
    }
  }
  std::vector<double> signal;
  signal.reserve(sum.size());
  for (const auto& echo : sum) signal.push_back(std::abs(echo));
  return signal;
}

TEST(Epg, AgreesWithSpinsTurnedOneByOne) {
  for (const double b1 : {1.0, 0.9, 0.75, 0.6, 1.1})
    for (const double t2 : {12.0, 40.0, 150.0}) {
      const EchoTrain train{6.3, 900.0, 170.0};
      std::vector<double> signal(10);
      epg_signal(train, t2, b1, signal);
      const auto truth = by_isochromats(train, t2, b1, 10);
      for (std::size_t i = 0; i < 10; ++i)
        EXPECT_NEAR(signal[i], truth[i], 1e-12) << b1 << ' ' << t2 << ' ' << i;
    }
}

TEST(Epg, PerfectRefocusingDecaysExponentially) {
  std::vector<double> signal(5);
  epg_signal({10.0, 1000.0, 180.0}, 50.0, 1.0, signal);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(signal[i], std::exp(-10.0 * static_cast<double>(i + 1) / 50.0), 1e-12);
}

/// Trains of spins turned one by one; T2 from 15 to 110 ms, B1 from 0.6 to 0.98.
decay::Series trains(double nominal_deg, int voxels) {
  const EchoTrain train{8.0, 1000.0, nominal_deg};
  std::vector<std::vector<double>> signals;
  signals.reserve(static_cast<std::size_t>(voxels));
  for (int v = 0; v < voxels; ++v)
    signals.push_back(by_isochromats(train, 15.0 + 5.0 * v, 0.6 + 0.02 * v, 10));
  return decay::series(decay::every(8.0, 10), static_cast<std::size_t>(voxels), [&](double t, std::size_t v) {
    return 1500.0 * signals[v][static_cast<std::size_t>(std::lround(t / 8.0)) - 1];
  });
}

TEST(Epg, FitReturnsT2AndB1WhereAMonoexponentialIsTooLong) {
  const auto series = trains(180.0, 20);
  Context context;
  const auto epg = Relaxometry({.model = Relaxometry::Model::kEpg, .noise_sigma = 0.01})(
      series.echoes(), nullptr, context);
  const auto plain = Relaxometry({.noise_sigma = 0.01})(series.echoes(), nullptr, context);
  for (std::size_t v = 0; v < 20; ++v) {
    const double truth = 15.0 + 5.0 * static_cast<double>(v), b1 = 0.6 + 0.02 * static_cast<double>(v);
    ASSERT_EQ(code(epg, v), FitQuality::kGood) << v;
    EXPECT_NEAR(at(*epg.value_ms, v) / truth, 1.0, 1e-3) << v;
    EXPECT_NEAR(at(*epg.b1, v), b1, 2e-3) << v;
    EXPECT_NEAR(at(*epg.s0, v) / 1500.0, 1.0, 5e-3) << v;
    if (b1 < 0.9) {
      EXPECT_GT(at(*plain.value_ms, v), 1.02 * truth) << v;
    }
  }
}

TEST(Epg, FixedAngleIsTakenAsGiven) {
  const EchoTrain train{8.0, 1000.0, 150.0};
  const auto signal = by_isochromats(train, 45.0, 1.0, 8);
  const auto series = decay::series(decay::every(8.0, 8), 1, [&](double t, std::size_t) {
    return 900.0 * signal[static_cast<std::size_t>(std::lround(t / 8.0)) - 1];
  });
  Context context;
  const auto result = Relaxometry({.model = Relaxometry::Model::kEpg,
                                   .noise_sigma = 0.01,
                                   .refocusing_deg = 150.0,
                                   .b1 = Relaxometry::B1::kFixed})(series.echoes(), nullptr, context);
  EXPECT_NEAR(at(*result.value_ms, 0), 45.0, 1e-3);
  EXPECT_EQ(at(*result.b1, 0), 1.0);
}

TEST(Epg, UnevenTrainIsRefused) {
  const auto series =
      decay::series({8.0, 16.0, 30.0, 40.0}, 1, [](double t, std::size_t) { return 100.0 - t; });
  Context context;
  EXPECT_THROW(Relaxometry({.model = Relaxometry::Model::kEpg})(series.echoes(), nullptr, context), Error);
}

}  // namespace
}  // namespace ledd
