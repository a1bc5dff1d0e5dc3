#include "ledd/smoothing/smoothing.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>

#include "phantom.h"

namespace ledd {
namespace {

TEST(Gaussian, APointBecomesTheGaussianInMillimetres) {
  auto point = phantom::blank<Volume>({41, 21, 31}, {0.5, 1.0, 0.8}, 0.0F);
  const Volume::IndexType centre{{20, 10, 15}};
  point->SetPixel(centre, 1.0F);
  const double sigma_mm = 1.5;
  const auto smooth = gaussian(*point, sigma_mm);
  const auto at = [&](long x, long y, long z) {
    return static_cast<double>(smooth->GetPixel({{20 + x, 10 + y, 15 + z}}));
  };
  const double peak = at(0, 0, 0);
  EXPECT_NEAR(peak, 0.5 * 1.0 * 0.8 / std::pow(2 * M_PI * sigma_mm * sigma_mm, 1.5), 2e-5);
  EXPECT_NEAR(at(3, 0, 0) / peak, std::exp(-0.5), 1e-4);
  EXPECT_NEAR(at(0, 3, 0) / peak, std::exp(-0.5 * 4), 1e-4);
  EXPECT_NEAR(at(0, 0, -2) / peak, std::exp(-0.5 * 1.6 * 1.6 / 2.25), 1e-4);
}

TEST(Gaussian, AConstantStaysUpToTheBorderAndZeroCopies) {
  const auto flat = phantom::blank<Volume>({7, 5, 3}, {1, 1, 1}, 3.5F);
  const auto smooth = gaussian(*flat, 2.0);
  for (std::size_t n = 0; n < 105; ++n) EXPECT_NEAR(smooth->GetBufferPointer()[n], 3.5F, 1e-5F);
  const auto plates = phantom::plates({7, 5, 3}, {1, 1, 1}, 0, 2, 4);
  EXPECT_EQ(std::memcmp(gaussian(*plates, 0.0)->GetBufferPointer(), plates->GetBufferPointer(), 105 * 4), 0);
}

TEST(Gaussian, OneThreadAndTwoGiveTheSame) {
  const auto plates = phantom::plates({30, 20, 25}, {0.4, 0.5, 0.6}, 2, 2, 5);
  const auto two = gaussian(*plates, 0.7);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(std::memcmp(two->GetBufferPointer(), gaussian(*plates, 0.7)->GetBufferPointer(), 15000 * 4), 0);
}

}  // namespace
}  // namespace ledd
