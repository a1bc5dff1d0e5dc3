#include "ledd/bias_field/bias_field.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd {
namespace {

constexpr std::array<std::size_t, 3> kSize{60, 80, 10};

/// Stripes of 100 and 200, 6 mm wide, under a field that falls off by exp(-x / fall_mm), between two walls of
/// air.
Volume::Pointer stripes(double fall_mm) {
  auto image = phantom::blank<Volume>(kSize, {2.0, 1.5, 4.0}, 0.0F);
  for (long k = 0; k < 10; ++k)
    for (long j = 0; j < 80; ++j)
      for (long i = 5; i < 55; ++i) {
        const double value = j / 4 % 2 == 0 ? 100.0 : 200.0;
        const double field = fall_mm > 0.0 ? std::exp(-2.0 * static_cast<double>(i) / fall_mm) : 1.0;
        image->SetPixel({{i, j, k}}, static_cast<float>(value * field));
      }
  return image;
}

/// Mean of the dark and the bright stripes over columns i0..i1 of the middle slice.
std::array<double, 2> means(const Volume& image, long i0, long i1) {
  std::array<double, 2> sum{}, n{};
  for (long j = 16; j < 64; ++j)
    for (long i = i0; i < i1; ++i) {
      const auto which = static_cast<std::size_t>(j / 4 % 2);
      sum[which] += static_cast<double>(image.GetPixel({{i, j, 5}}));
      n[which] += 1.0;
    }
  return {sum[0] / n[0], sum[1] / n[1]};
}

TEST(BiasField, TakesOutMoreThanHalfOfASteepFieldAndKeepsTheContrast) {
  Context context;
  const auto image = stripes(80.0);
  const auto flat = BiasField()(*image, context);
  const auto air = static_cast<double>(flat->GetPixel({{0, 0, 0}}));  // what intensity 0 became
  const auto left = means(*flat, 22, 26), right = means(*flat, 34, 38);
  const auto raw_left = means(*image, 22, 26), raw_right = means(*image, 34, 38);
  ASSERT_LT(raw_right[1] / raw_left[1], 0.75);  // exp(-24 mm / 80 mm)
  // 80 mm is steep for a Gaussian of 30 mm, and air cuts it on both sides
  EXPECT_GT(std::log((right[1] - air) / (left[1] - air)), 0.5 * std::log(raw_right[1] / raw_left[1]));
  EXPECT_NEAR((left[1] - air) / (left[0] - air), 2.0, 0.02);
  EXPECT_NEAR((right[1] - air) / (right[0] - air), 2.0, 0.02);
}

TEST(BiasField, IsInStandardDeviationsOfTheForeground) {
  Context context;
  const auto image = stripes(0.0);
  const auto flat = BiasField()(*image, context);
  double sum = 0.0, squares = 0.0, n = 0.0;
  for (std::size_t v = 0; v < kSize[0] * kSize[1] * kSize[2]; ++v)
    if (image->GetBufferPointer()[v] > 0.0F) {
      const auto x = static_cast<double>(flat->GetBufferPointer()[v]);
      sum += x, squares += x * x, n += 1.0;
    }
  EXPECT_NEAR(sum / n, 0.0, 1e-3);
  EXPECT_NEAR(squares / n, 1.0, 1e-3);
}

TEST(BiasField, DoesNotDependOnTheScaleOfTheIntensities) {
  Context context;
  const auto image = stripes(60.0);
  const auto flat = BiasField()(*image, context);
  for (std::size_t v = 0; v < kSize[0] * kSize[1] * kSize[2]; ++v) image->GetBufferPointer()[v] *= 8.0F;
  const auto scaled = BiasField()(*image, context);
  for (std::size_t v = 0; v < kSize[0] * kSize[1] * kSize[2]; ++v)
    ASSERT_NEAR(scaled->GetBufferPointer()[v], flat->GetBufferPointer()[v], 1e-4);
}

TEST(BiasField, RefusesAConstantImageAndAnEmptyOne) {
  Context context;
  EXPECT_THROW(BiasField()(*phantom::blank<Volume>({8, 8, 8}, {1, 1, 1}, 5.0F), context), Error);
  EXPECT_THROW(BiasField()(*phantom::blank<Volume>({8, 8, 8}, {1, 1, 1}, 0.0F), context), Error);
}

TEST(BiasField, RefusesASigmaThatIsNotANumber) {
  BiasField::Params params;
  params.sigma_mm = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(BiasField{params}, Error);
}

}  // namespace
}  // namespace ledd
