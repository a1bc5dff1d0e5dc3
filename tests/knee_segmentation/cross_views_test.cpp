#include "cross_views.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ledd/files/files.h"

#include "fields.h"
#include "phantom.h"

namespace ledd::knee {
namespace {

constexpr std::size_t kPosterior = 100, kInferior = 80, kSlices = 30;
constexpr std::array<std::size_t, 3> kFrom{40, 20, 10}, kTo{70, 50, 18};

/// A block that testdata's nearest.onnx takes for femur, on a stack of 0.35 x 0.35 x 1.4 mm.
Volume::Pointer block() {
  auto volume = phantom::blank<Volume>({kPosterior, kInferior, kSlices}, {0.35, 0.35, 1.4}, 100.0F);
  for (std::size_t z = kFrom[2]; z < kTo[2]; ++z)
    for (std::size_t y = kFrom[1]; y < kTo[1]; ++y)
      for (std::size_t x = kFrom[0]; x < kTo[0]; ++x)
        volume->GetBufferPointer()[(z * kInferior + y) * kPosterior + x] = 50.0F;
  return volume;
}

CrossViews views_of(const Volume& volume, const Part& part = {}, int threads = 1) {
  Context context({}, threads);
  return {volume, part, files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx"), context};
}

float share(const std::vector<float>& logs, Class what, std::size_t x, std::size_t y) {
  float sum = 0.0F;
  for (std::size_t c = 0; c < kClasses; ++c) sum += std::exp(logs[(c * kInferior + y) * kPosterior + x]);
  return std::exp(logs[(what * kInferior + y) * kPosterior + x]) / sum;
}

TEST(CrossViews, WhatBothViewsSeeLiesWhereItIsInTheStack) {
  const auto views = views_of(*block());
  double sum = 0.0;
  std::array<double, 3> centre{};
  for (std::size_t z = 0; z < kSlices; ++z) {
    const auto slice = views.log_shares(static_cast<long>(z));
    for (std::size_t y = 0; y < kInferior; ++y)
      for (std::size_t x = 0; x < kPosterior; ++x) {
        const double s = share(slice, kFemur, x, y);
        sum += s;
        const std::array<double, 3> at{
            static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)};
        for (unsigned a = 0; a < 3; ++a) centre[a] += s * at[a];
      }
  }
  constexpr std::array<double, 3> kMm{0.35, 0.35, 1.4};
  double volume = 1.0;
  for (unsigned a = 0; a < 3; ++a) {
    const double middle = 0.5 * (static_cast<double>(kFrom[a]) + static_cast<double>(kTo[a]) - 1.0);
    EXPECT_NEAR(centre[a] / sum * kMm[a], middle * kMm[a], 0.35) << a;  // half a cube
    volume *= static_cast<double>(kTo[a] - kFrom[a]);
  }
  EXPECT_NEAR(sum / volume, 1.0, 0.15);  // half a cube at each face is 14 % of this block
  EXPECT_NEAR(share(views.log_shares(14), kFemur, 55, 35), 1.0, 1e-3);
  EXPECT_NEAR(share(views.log_shares(14), kAir, 20, 35), 1.0, 1e-3);
  EXPECT_NEAR(share(views.log_shares(4), kAir, 55, 35), 1.0, 1e-3);
}

TEST(CrossViews, APartGivesWhatTheWholeGivesThere) {
  const auto volume = block();
  const auto whole = views_of(*volume), part = views_of(*volume, {{0.33, 0.2, 0.25}, {0.8, 0.7, 0.7}});
  for (const long z : {9L, 12L, 17L}) {
    const auto a = whole.log_shares(z), b = part.log_shares(z);
    for (std::size_t y = 18; y < 54; ++y)
      for (std::size_t x = 35; x < 78; ++x)
        ASSERT_EQ(share(a, kFemur, x, y), share(b, kFemur, x, y)) << x << ' ' << y << ' ' << z;
  }
}

TEST(CrossViews, ThreadsDoNotMatter) {
  const auto volume = block();
  EXPECT_EQ(views_of(*volume, {}, 1).log_shares(12), views_of(*volume, {}, 2).log_shares(12));
}

}  // namespace
}  // namespace ledd::knee
