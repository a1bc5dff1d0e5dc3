#include "ledd/relaxometry/dess_t2.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

#include "decay.h"

namespace ledd {
namespace {

using decay::at;

struct Steady {
  double first = 0.0, second = 0.0;
};

/// Both echoes of the steady state by phase graphs of 60 orders, 1500 repetitions; the spoiler acts
/// throughout TR.
Steady steady_state(
    const DessT2::Scan& scan, double t1_ms, double t2_ms, double q_rad_per_m, double d_m2_per_ms) {
  constexpr std::size_t kOrders = 60;
  std::vector<double> plus(kOrders), minus(kOrders), along(kOrders);
  along[0] = 1.0;
  const double a = scan.flip_deg * M_PI / 180, c2 = std::pow(std::cos(a / 2), 2),
               s2 = std::pow(std::sin(a / 2), 2);
  const double b = d_m2_per_ms * q_rad_per_m * q_rad_per_m * scan.repetition_ms;
  const double e1 = std::exp(-scan.repetition_ms / t1_ms), e2 = std::exp(-scan.repetition_ms / t2_ms);
  Steady steady;
  for (int repetition = 0; repetition < 1500; ++repetition) {
    for (std::size_t k = 0; k < kOrders; ++k) {
      const double p = plus[k], m = minus[k], z = along[k];
      plus[k] = c2 * p - s2 * m + std::sin(a) * z;
      minus[k] = c2 * m - s2 * p + std::sin(a) * z;
      along[k] = std::cos(a) * z - 0.5 * std::sin(a) * (p + m);
    }
    steady.first = std::abs(plus[0]) * std::exp(-scan.echo_ms / t2_ms);
    for (std::size_t k = 0; k < kOrders; ++k) {
      const auto order = static_cast<double>(k);
      plus[k] *= e2 * std::exp(-b * (order * order + order + 1.0 / 3.0));
      minus[k] *= e2 * std::exp(-b * (order * order - order + 1.0 / 3.0));
      along[k] *= e1 * std::exp(-b * order * order);
    }
    along[0] += 1.0 - e1;
    for (std::size_t k = kOrders - 1; k > 0; --k) plus[k] = plus[k - 1];
    for (std::size_t k = 0; k + 1 < kOrders; ++k) minus[k] = minus[k + 1];
    plus[0] = minus[0];
    steady.second = std::abs(minus[0]) * std::exp(scan.echo_ms / t2_ms);
  }
  return steady;
}

Volume::Pointer one_voxel(double value) {
  return phantom::blank<Volume>({1, 1, 1}, {0.3, 0.3, 1.5}, static_cast<float>(value));
}

double t2_of(const DessT2& dess, const Steady& s, const DessT2::Scan& scan) {
  Context context;
  return at(*dess(*one_voxel(1e4 * s.first), *one_voxel(1e4 * s.second), scan, nullptr, context).value_ms, 0);
}

TEST(DessT2, IsNearTheTruthOfTheSteadyState) {
  const DessT2 dess;
  for (const double flip : {20.0, 25.0, 30.0, 35.0})
    for (const double t2 : {15.0, 25.0, 40.0}) {
      const DessT2::Scan scan{25.0, 7.48, flip};
      EXPECT_NEAR(t2_of(dess, steady_state(scan, 1200.0, t2, 0.0, 0.0), scan) / t2, 1.0, 0.03)
          << flip << ' ' << t2;
    }
}

TEST(DessT2, TakesDiffusionIntoAccountWhereTheSpoilerIsKnown) {
  // 1566 G us/cm: 42.6 MHz/T turns that into 4.2 rad/mm.
  const DessT2::Scan known{25.0, 7.48, 30.0, 6 * 1566.0, 25000.0 * 0.999};
  const DessT2::Scan unknown{25.0, 7.48, 30.0};
  const double q = 2.0 * M_PI * 42.577478518e6 * (6 * 1566.0 * 1e-4 * 1e-6 * 100.0);  // T s / m
  const Steady s = steady_state(known, 1200.0, 30.0, q, 1.25e-12);
  EXPECT_NEAR(t2_of(DessT2(), s, known) / 30.0, 1.0, 0.02);
  EXPECT_LT(t2_of(DessT2(), s, unknown), 0.95 * 30.0);
  Context context;
  EXPECT_TRUE(DessT2()(*one_voxel(2), *one_voxel(1), known, nullptr, context).spoiler_used);
  EXPECT_FALSE(DessT2()(*one_voxel(2), *one_voxel(1), unknown, nullptr, context).spoiler_used);
}

TEST(DessT2, ReturnsWhatItsOwnRatioWasMadeFrom) {
  const DessT2 dess;
  const DessT2::Scan scan{20.0, 5.0, 20.0, 1566.0, 3400.0};
  for (const double t2 : {5.0, 20.0, 60.0, 200.0}) {
    EXPECT_NEAR(t2_of(dess, {1.0, dess.ratio(scan, t2)}, scan) / t2, 1.0, 1e-5);
  }
}

TEST(DessT2, VoxelsWithoutAnAnswerAreFlagged) {
  const DessT2 dess({.min_ms = 5.0, .max_ms = 100.0});
  const DessT2::Scan scan{25.0, 7.5, 30.0};
  const auto code = [&](double s1, double s2) {
    Context context;
    const auto r = dess(*one_voxel(s1), *one_voxel(s2), scan, nullptr, context);
    return static_cast<FitQuality>(r.quality->GetBufferPointer()[0]);
  };
  EXPECT_EQ(code(1000, 300), FitQuality::kGood);
  EXPECT_EQ(code(1000, 0.1), FitQuality::kAtLowerBound);
  EXPECT_EQ(code(1000, 650), FitQuality::kAtUpperBound);
  EXPECT_EQ(code(1000, 1200), FitQuality::kGrowing);
  EXPECT_EQ(code(0, 100), FitQuality::kNoSignal);
  EXPECT_EQ(code(100, 0), FitQuality::kNoSignal);
}

TEST(DessT2, ImpossibleScansAreRefused) {
  Context context;
  const auto image = one_voxel(1);
  EXPECT_THROW(DessT2()(*image, *image, {25.0, 30.0, 30.0}, nullptr, context), Error);
  EXPECT_THROW(DessT2()(*image, *image, {25.0, 7.5, 0.0}, nullptr, context), Error);
  EXPECT_THROW(DessT2()(*image, *image, {25.0, 7.5, 30.0, 1566.0, 1e6}, nullptr, context), Error);
  EXPECT_THROW(
      DessT2()(
          *image, *phantom::blank<Volume>({1, 1, 1}, {1, 1, 1}, 1.0F), {25.0, 7.5, 30.0}, nullptr, context),
      Error);
  EXPECT_THROW(DessT2({.t1_ms = std::nan("")}), Error);
}

}  // namespace
}  // namespace ledd
