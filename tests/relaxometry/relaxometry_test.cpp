#include "ledd/relaxometry/relaxometry.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "ledd/core/error.h"

#include "decay.h"

namespace ledd {
namespace {

using decay::at;
using decay::code;
using decay::every;
using ::testing::HasSubstr;
using Params = Relaxometry::Params;
using Model = Relaxometry::Model;

Relaxometry::Result fit(const decay::Series& series, const Params& params, const Mask* mask = nullptr) {
  Context context;
  return Relaxometry(params)(series.echoes(), mask, context);
}

std::string refusal(const std::vector<Echo>& echoes, const Params& params = {}, const Mask* mask = nullptr) {
  Context context;
  try {
    const Relaxometry fitted(params);
    fitted(echoes, mask, context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "";
}

/// T2 from 2 to 600 ms, S0 from 50 to 5000.
double time_of(std::size_t v) {
  return 2.0 * std::pow(300.0, static_cast<double>(v) / 99.0);
}
double height_of(std::size_t v) {
  return 50.0 * (1.0 + static_cast<double>((v * 37) % 100));
}

class EveryModel : public ::testing::TestWithParam<Model> {};

TEST_P(EveryModel, ReturnsTheTruthWithoutNoise) {
  const auto series = decay::series({3.1, 9.7, 12.2, 31.0, 44.0, 80.0}, 100, [](double t, std::size_t v) {
    return height_of(v) * std::exp(-t / time_of(v));
  });
  const auto result = fit(series, {.model = GetParam(), .noise_sigma = 1e-4});
  for (std::size_t v = 0; v < 100; ++v) {
    ASSERT_EQ(code(result, v), FitQuality::kGood) << v;
    EXPECT_NEAR(at(*result.value_ms, v) / time_of(v), 1.0, 2e-5) << v;
    EXPECT_NEAR(at(*result.s0, v) / height_of(v), 1.0, 2e-5) << v;
    EXPECT_NEAR(at(*result.r2, v), 1.0, 1e-6) << v;
    EXPECT_LT(at(*result.se_ms, v), 2e-4 * time_of(v)) << v;
  }
}
INSTANTIATE_TEST_SUITE_P(Relaxometry,
                         EveryModel,
                         ::testing::Values(Model::kNlls, Model::kLogLinear, Model::kRician));

/// The slow way: a dense scan of SSE over T2, S0 by linear least squares, refined by golden section.
double by_scan(const std::vector<double>& t, const std::vector<double>& y) {
  const auto sse = [&](double t2) {
    double ye = 0, ee = 0, yy = 0;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const double e = std::exp(-t[i] / t2);
      ye += y[i] * e;
      ee += e * e;
      yy += y[i] * y[i];
    }
    return yy - ye * ye / ee;
  };
  double best = 1.0;
  for (double t2 = 1.0; t2 <= 1000.0; t2 *= 1.001)
    if (sse(t2) < sse(best)) best = t2;
  double low = best / 1.002, high = best * 1.002;
  for (int i = 0; i < 60; ++i) {
    const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
    (sse(a) < sse(b) ? high : low) = sse(a) < sse(b) ? b : a;
  }
  return 0.5 * (low + high);
}

TEST(Relaxometry, NllsFindsTheLowestPointThatAScanFinds) {
  const auto times = every(10.0, 7);
  const auto series = decay::noisy(times, 300, {100.0, 30.0}, 8.0, 5);
  const auto result = fit(series, {.min_snr = 0.0});
  int compared = 0;
  for (std::size_t v = 0; v < 300; ++v) {
    if (code(result, v) != FitQuality::kGood) continue;
    std::vector<double> y;
    y.reserve(series.images.size());
    for (const auto& image : series.images) y.push_back(at(*image, v));
    const double scanned = by_scan(times, y);
    EXPECT_NEAR(at(*result.value_ms, v) / scanned, 1.0, 1e-5) << v;
    ++compared;
  }
  EXPECT_GT(compared, 280);
}

TEST(Relaxometry, StandardErrorIsTheSpreadOfRepeatedScans) {
  const auto series = decay::noisy(every(8.0, 8), 4000, {1000.0, 40.0}, 10.0, 11);
  for (const Model model : {Model::kNlls, Model::kLogLinear, Model::kRician}) {
    const auto result = fit(series, {.model = model, .noise_sigma = 10.0});
    double mean = 0, square = 0, se = 0;
    for (std::size_t v = 0; v < 4000; ++v) {
      mean += at(*result.value_ms, v) / 4000;
      square += std::pow(at(*result.value_ms, v), 2) / 4000;
      se += at(*result.se_ms, v) / 4000;
    }
    EXPECT_NEAR(mean, 40.0, 0.1);
    EXPECT_NEAR(se / std::sqrt(square - mean * mean), 1.0, 0.08) << static_cast<int>(model);
  }
}

TEST(Relaxometry, FittedOffsetIsTakenOut) {
  const auto series = decay::series(every(7.0, 9), 20, [](double t, std::size_t v) {
    return 800.0 * std::exp(-t / (10.0 + 2.0 * static_cast<double>(v))) + 60.0;
  });
  const auto with = fit(series, {.offset = Relaxometry::Offset::kFitted});
  const auto without = fit(series, {});
  ASSERT_TRUE(with.offset);
  EXPECT_FALSE(without.offset);
  for (std::size_t v = 0; v < 20; ++v) {
    const double truth = 10.0 + 2.0 * static_cast<double>(v);
    EXPECT_NEAR(at(*with.value_ms, v) / truth, 1.0, 1e-4);
    EXPECT_NEAR(at(*with.offset, v), 60.0, 0.01);
    EXPECT_GT(at(*without.value_ms, v), 1.04 * truth);
  }
}

TEST(Relaxometry, DroppedFirstEchoHasNoInfluence) {
  const auto series = decay::series(every(10.0, 6), 3, [](double t, std::size_t) {
    return t < 15.0 ? 123.0 : 900.0 * std::exp(-t / 35.0);
  });
  const auto result = fit(series, {.first_echo = Relaxometry::FirstEcho::kDrop});
  EXPECT_NEAR(at(*result.value_ms, 0), 35.0, 1e-3);
  EXPECT_THAT(result.times_used_ms, ::testing::ElementsAre(20, 30, 40, 50, 60));
  EXPECT_GT(std::abs(at(*fit(series, {}).value_ms, 0) - 35.0), 5.0);
}

TEST(Relaxometry, ValueBeyondABoundIsFlaggedAndGrowingSignalHasNone) {
  const std::vector<double> truth{5.0, 40.0, 300.0};
  const auto series = decay::series(every(10.0, 6), 6, [&](double t, std::size_t v) {
    if (v < 3) return 100.0 * std::exp(-t / truth[v]);
    if (v == 3) return 100.0 * std::exp(t / 90.0);
    return v == 4 ? 0.0 : 70.0;
  });
  for (const Model model : {Model::kNlls, Model::kLogLinear, Model::kRician}) {
    const auto result = fit(series, {.model = model, .min_ms = 10.0, .max_ms = 200.0, .noise_sigma = 1e-3});
    EXPECT_EQ(code(result, 0), FitQuality::kAtLowerBound);
    EXPECT_FLOAT_EQ(static_cast<float>(at(*result.value_ms, 0)), 10.0F);
    EXPECT_EQ(code(result, 1), FitQuality::kGood);
    EXPECT_EQ(code(result, 2), FitQuality::kAtUpperBound);
    EXPECT_FLOAT_EQ(static_cast<float>(at(*result.value_ms, 2)), 200.0F);
    EXPECT_EQ(code(result, 3), FitQuality::kGrowing);
    EXPECT_TRUE(std::isnan(at(*result.value_ms, 3)));
    EXPECT_EQ(code(result, 4), FitQuality::kNoSignal);
    EXPECT_TRUE(std::isnan(at(*result.value_ms, 4)));
    EXPECT_EQ(code(result, 5), FitQuality::kGrowing) << "a constant does not decay";
    EXPECT_EQ(result.count[static_cast<std::size_t>(FitQuality::kGood)], 1U);
    EXPECT_EQ(result.count[static_cast<std::size_t>(FitQuality::kGrowing)], 2U);
  }
}

TEST(Relaxometry, NegativeAndInfiniteSamplesAreNoSignal) {
  const auto series = decay::series(every(10.0, 4), 3, [&](double t, std::size_t v) {
    const double s = 100.0 * std::exp(-t / 40.0);
    if (v == 0 && t > 35.0) return -s;
    return v == 1 && t > 35.0 ? std::numeric_limits<double>::infinity() : s;
  });
  for (const Model model : {Model::kNlls, Model::kLogLinear, Model::kRician, Model::kEpg}) {
    const auto result = fit(series, {.model = model, .noise_sigma = 0.01});
    EXPECT_EQ(code(result, 0), FitQuality::kNoSignal);
    EXPECT_EQ(code(result, 1), FitQuality::kNoSignal);
    EXPECT_EQ(code(result, 2), FitQuality::kGood);
  }
}

TEST(Relaxometry, VoxelsBelowTheNoiseAreCalledSo) {
  const auto series = decay::series(every(10.0, 6), 2, [](double t, std::size_t v) {
    return (v == 0 ? 20.0 : 200.0) * std::exp(-t / 40.0);
  });
  const auto result = fit(series, {.noise_sigma = 10.0, .min_snr = 3.0});
  EXPECT_EQ(code(result, 0), FitQuality::kNoiseFloor);
  EXPECT_EQ(code(result, 1), FitQuality::kGood);
  EXPECT_EQ(code(fit(series, {.noise_sigma = 10.0, .min_snr = 0.0}), 0), FitQuality::kGood);
}

TEST(Relaxometry, NothingIsComputedOutsideTheMask) {
  const auto series =
      decay::series(every(10.0, 5), 21, [](double t, std::size_t) { return std::exp(-t / 30); });
  auto mask = phantom::blank<Mask>({21, 1, 1}, {0.3, 0.4, 4.0}, 0);
  for (const std::size_t v : {0U, 3U, 20U}) mask->GetBufferPointer()[v] = 1;
  const auto result = fit(series, {}, mask);
  for (std::size_t v = 0; v < 21; ++v) {
    const bool inside = v == 0 || v == 3 || v == 20;
    EXPECT_EQ(code(result, v), inside ? FitQuality::kGood : FitQuality::kOutside);
    EXPECT_EQ(std::isnan(at(*result.value_ms, v)), !inside);
    EXPECT_EQ(std::isnan(at(*result.s0, v)), !inside);
  }
}

TEST(Relaxometry, TwoEchoesGiveAValueWithoutAStandardError) {
  const auto series =
      decay::series({10.0, 40.0}, 1, [](double t, std::size_t) { return 50 * std::exp(-t / 33); });
  const auto result = fit(series, {});
  EXPECT_NEAR(at(*result.value_ms, 0), 33.0, 1e-3);
  EXPECT_TRUE(std::isnan(at(*result.se_ms, 0)));
}

TEST(Relaxometry, SeriesThatCannotBeFittedIsRefusedWithAReason) {
  auto series = decay::series(every(10.0, 3), 4, [](double t, std::size_t) { return std::exp(-t / 30.0); });
  const auto echoes = series.echoes();
  EXPECT_THAT(refusal({echoes[0]}), HasSubstr("1 echo"));
  EXPECT_THAT(refusal({}), HasSubstr("0 echo"));
  EXPECT_THAT(refusal({echoes[0], echoes[0], echoes[1]}), HasSubstr("10 and 10 ms are equal"));
  EXPECT_THAT(refusal({echoes[1], echoes[0]}), HasSubstr("20 and 10 ms are out of order"));
  EXPECT_THAT(refusal({{echoes[0].image, 0.0}, echoes[1]}), HasSubstr("echo time 0 ms"));
  EXPECT_THAT(refusal({{echoes[0].image, std::nan("")}, echoes[1]}), HasSubstr("echo time nan ms"));
  EXPECT_THAT(refusal({echoes[0], echoes[1]}, {.offset = Relaxometry::Offset::kFitted}),
              HasSubstr("2 echoes cannot tell 3 parameters"));
  EXPECT_THAT(refusal({echoes[0], echoes[1]}, {.first_echo = Relaxometry::FirstEcho::kDrop}),
              HasSubstr("1 echoes cannot tell 2 parameters"));
  const auto empty = phantom::blank<Mask>({4, 1, 1}, {0.3, 0.4, 4.0}, 0);
  EXPECT_THAT(refusal(echoes, {}, empty), HasSubstr("mask is empty"));
  const auto elsewhere = phantom::blank<Mask>({4, 1, 1}, {0.3, 0.5, 4.0}, 1);
  EXPECT_THAT(refusal(echoes, {}, elsewhere), HasSubstr("spacing"));
  series.images[2]->SetOrigin(std::array<double, 3>{0.0, 0.0, 1.0}.data());
  EXPECT_THAT(refusal(series.echoes()), HasSubstr("echoes 10 and 30 ms"));
}

TEST(Relaxometry, IllegalParametersAreRefused) {
  EXPECT_THROW(Relaxometry({.min_ms = 50.0, .max_ms = 50.0}), Error);
  EXPECT_THROW(Relaxometry({.min_ms = std::nan("")}), Error);
  EXPECT_THROW(Relaxometry({.noise_sigma = -1.0}), Error);
  EXPECT_THROW(Relaxometry({.model = Model::kRician, .offset = Relaxometry::Offset::kFitted}), Error);
  EXPECT_THROW(Relaxometry({.model = Model::kEpg, .first_echo = Relaxometry::FirstEcho::kDrop}), Error);
  EXPECT_NO_THROW(Relaxometry());
}

TEST(Relaxometry, BytesAreTheSameForAnyNumberOfThreads) {
  const auto series = decay::noisy(every(8.0, 8), 20011, {100.0, 40.0}, 5.0, 3);
  for (const Model model : {Model::kNlls, Model::kRician}) {
    const auto run = [&](std::size_t threads) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      return fit(series, {.model = model, .noise_sigma = 5.0});
    };
    const auto one = run(1), four = run(4);
    for (const auto& [a, b] :
         {std::pair{one.value_ms, four.value_ms}, {one.se_ms, four.se_ms}, {one.r2, four.r2}})
      EXPECT_TRUE(std::equal(a->GetBufferPointer(),
                             a->GetBufferPointer() + 20011,
                             b->GetBufferPointer(),
                             [](float x, float y) {  // NaN equals itself
                               return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
                             }));
  }
}

TEST(Relaxometry, NeighboursDoNotChangeAVoxel) {
  const auto many = decay::noisy(every(8.0, 8), 23, {100.0, 40.0}, 5.0, 3);
  const auto all = fit(many, {.noise_sigma = 5.0});
  for (const std::size_t v : {0U, 7U, 8U, 22U}) {
    std::size_t echo = 0;
    const auto alone =
        decay::series(many.times_ms, 1, [&](double, std::size_t) { return at(*many.images[echo++], v); });
    EXPECT_EQ(at(*fit(alone, {.noise_sigma = 5.0}).value_ms, 0), at(*all.value_ms, v));
  }
}

}  // namespace
}  // namespace ledd
