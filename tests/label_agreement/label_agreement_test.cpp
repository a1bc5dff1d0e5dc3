#include "ledd/label_agreement/label_agreement.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>
#include <random>

#include "ledd/core/error.h"

#include "phantom.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Labels;
using ledd::phantom::blank;
using ledd::phantom::Size;
using ledd::phantom::Spacing;
using namespace ledd::label_agreement;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Spacing kSpacing{0.1, 0.2, 0.5};

/// The label wherever `inside` says so of a voxel.
template <class Inside>
void draw(Labels& labels, std::uint16_t label, Inside inside) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::uint16_t* voxel = labels.GetBufferPointer();
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++voxel)
        if (inside(std::array<double, 3>{
                static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)}))
          *voxel = label;
}

/// A box of ten voxels a side, `shift` of them further along an axis.
Labels::Pointer cube(unsigned axis, double shift, double border = 5.0) {
  auto labels = blank<Labels>({24, 24, 24}, kSpacing, 0);
  draw(*labels, 7, [&](const auto& at) {
    for (unsigned a = 0; a < 3; ++a) {
      const double low = border + (a == axis ? shift : 0.0);
      if (at[a] < low || at[a] >= low + 10.0) return false;
    }
    return true;
  });
  return labels;
}

Labels::Pointer ball(double radius_mm) {
  auto labels = blank<Labels>({120, 60, 24}, kSpacing, 0);
  draw(*labels, 3, [&](const auto& at) {
    return std::hypot((at[0] - 60.0) * 0.1, (at[1] - 30.0) * 0.2, (at[2] - 12.0) * 0.5) <= radius_mm;
  });
  return labels;
}

/// Three labels in clumps, from chance alone.
Labels::Pointer clumps(unsigned seed) {
  auto labels = blank<Labels>({17, 13, 9}, {0.7, 0.4, 1.3}, 0);
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<double>(random() % n); };
  for (int n = 0; n < 12; ++n) {
    const std::array<double, 3> centre{below(17), below(13), below(9)};
    const double radius = 1.0 + below(3);
    draw(*labels, static_cast<std::uint16_t>(1 + n % 3), [&](const auto& at) {
      return std::hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) <= radius;
    });
  }
  return labels;
}

/// The centres of a structure's surface voxels, by asking each for its neighbours.
std::vector<std::array<double, 3>> surface(const Labels& labels, std::uint16_t label) {
  const auto region = labels.GetLargestPossibleRegion();
  const auto is = [&](const Labels::IndexType& at) {
    return region.IsInside(at) && labels.GetPixel(at) == label;
  };
  std::vector<std::array<double, 3>> points;
  for (long k = 0; k < static_cast<long>(region.GetSize(2)); ++k)
    for (long j = 0; j < static_cast<long>(region.GetSize(1)); ++j)
      for (long i = 0; i < static_cast<long>(region.GetSize(0)); ++i) {
        if (!is({{i, j, k}})) continue;
        const bool all = is({{i - 1, j, k}}) && is({{i + 1, j, k}}) && is({{i, j - 1, k}}) &&
                         is({{i, j + 1, k}}) && is({{i, j, k - 1}}) && is({{i, j, k + 1}});
        if (!all)
          points.push_back({static_cast<double>(i) * labels.GetSpacing()[0],
                            static_cast<double>(j) * labels.GetSpacing()[1],
                            static_cast<double>(k) * labels.GetSpacing()[2]});
      }
  return points;
}

std::vector<double> nearest(const std::vector<std::array<double, 3>>& from,
                            const std::vector<std::array<double, 3>>& to) {
  std::vector<double> all;
  for (const auto& p : from) {
    double least = 1e9;
    for (const auto& q : to) least = std::min(least, std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
    all.push_back(least);
  }
  std::sort(all.begin(), all.end());
  return all;
}

double percentile95(const std::vector<double>& sorted) {
  const double rank = 0.95 * static_cast<double>(sorted.size() - 1);
  const double below = std::floor(rank);
  const auto n = static_cast<std::size_t>(below);
  return n + 1 == sorted.size() ? sorted[n] : sorted[n] + (rank - below) * (sorted[n + 1] - sorted[n]);
}

SurfaceDistance by_brute_force(const Labels& a, const Labels& b, std::uint16_t label) {
  const auto p = surface(a, label), q = surface(b, label);
  const auto there = nearest(p, q), back = nearest(q, p);
  double sum = 0.0;
  for (const double d : there) sum += d;
  for (const double d : back) sum += d;
  return {sum / static_cast<double>(p.size() + q.size()),
          std::max(percentile95(there), percentile95(back)),
          std::max(there.back(), back.back())};
}

void expect_near(const SurfaceDistance& found, const SurfaceDistance& right) {
  EXPECT_NEAR(found.mean_mm, right.mean_mm, 1e-5);
  EXPECT_NEAR(found.p95_mm, right.p95_mm, 1e-5);
  EXPECT_NEAR(found.max_mm, right.max_mm, 1e-5);
}

TEST(LabelAgreement, ADrawingAgreesWithItself) {
  Context context;
  const auto found = compare(*cube(0, 0), *cube(0, 0), context);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].label, 7);
  EXPECT_EQ(found[0].first_voxels, 1000U);
  EXPECT_EQ(found[0].dice, 1.0);
  EXPECT_EQ(found[0].surface, SurfaceDistance());
}

TEST(LabelAgreement, AShiftedCubeIsOffByTheShiftAlongEveryAxis) {
  Context context;
  for (const unsigned axis : {0U, 1U, 2U}) {
    const auto a = cube(axis, 0), b = cube(axis, 2);
    const auto found = compare(*a, *b, context);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].dice, 0.8) << axis;
    ASSERT_TRUE(found[0].surface);
    EXPECT_NEAR(found[0].surface->max_mm, 2.0 * kSpacing[axis], 1e-6) << axis;
    expect_near(*found[0].surface, by_brute_force(*a, *b, 7));
  }
}

TEST(LabelAgreement, ConcentricBallsAreApartByTheDifferenceOfTheirRadii) {
  Context context;
  const auto found = compare(*ball(3.0), *ball(5.0), context);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_NEAR(found[0].dice, 2.0 * 27.0 / (27.0 + 125.0), 0.01);
  ASSERT_TRUE(found[0].surface);
  EXPECT_NEAR(found[0].surface->mean_mm, 2.0, 0.15) << "half a voxel's diagonal is 0.27 mm";
  EXPECT_NEAR(found[0].surface->max_mm, 2.0, 0.3);
}

TEST(LabelAgreement, TwoVoxelsAreApartAsPythagorasSays) {
  Context context;
  auto a = blank<Labels>({10, 10, 3}, {1.0, 1.0, 4.0}, 0), b = blank<Labels>({10, 10, 3}, {1.0, 1.0, 4.0}, 0);
  a->SetPixel({{0, 0, 0}}, 5);
  b->SetPixel({{3, 0, 1}}, 5);
  const auto found = compare(*a, *b, context);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].dice, 0.0);
  EXPECT_EQ(found[0].surface, (SurfaceDistance{5.0, 5.0, 5.0}));
}

TEST(LabelAgreement, IsThatOfBruteForceForWhateverShapes) {
  Context context;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const auto a = clumps(seed), b = clumps(seed + 100);
    for (const auto& one : compare(*a, *b, context)) {
      if (!one.surface) continue;
      SCOPED_TRACE(testing::Message() << "seed " << seed << " label " << one.label);
      expect_near(*one.surface, by_brute_force(*a, *b, one.label));
    }
  }
}

TEST(LabelAgreement, TheOrderOfTheTwoDoesNotMatter) {
  Context context;
  const auto there = compare(*clumps(1), *clumps(2), context),
             back = compare(*clumps(2), *clumps(1), context);
  ASSERT_EQ(there.size(), back.size());
  for (std::size_t n = 0; n < there.size(); ++n) {
    EXPECT_EQ(there[n].dice, back[n].dice);
    EXPECT_EQ(there[n].first_voxels, back[n].second_voxels);
    ASSERT_EQ(there[n].surface.has_value(), back[n].surface.has_value());
    if (there[n].surface) expect_near(*there[n].surface, *back[n].surface);
  }
}

TEST(LabelAgreement, WhereverInTheImageTheStructureLiesTheDistancesAreTheSame) {
  Context context;
  const auto inside = compare(*cube(1, 0, 5.0), *cube(1, 3, 5.0), context);
  const auto at_border = compare(*cube(1, 0, 0.0), *cube(1, 3, 0.0), context);
  EXPECT_EQ(inside, at_border);
}

TEST(LabelAgreement, WhatOnlyOneHasHasNoDistance) {
  Context context;
  auto both = cube(0, 0);
  both->SetPixel({{0, 0, 0}}, 9);
  const auto found = compare(*cube(0, 0), *both, context);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[1].label, 9);
  EXPECT_EQ(found[1].first_voxels, 0U);
  EXPECT_EQ(found[1].second_voxels, 1U);
  EXPECT_EQ(found[1].dice, 0.0);
  EXPECT_FALSE(found[1].surface);
  const auto nothing = blank<Labels>({24, 24, 24}, kSpacing, 0);
  EXPECT_THAT(compare(*nothing, *nothing, context), IsEmpty());
}

TEST(LabelAgreement, OneThreadOrTwoFindTheSame) {
  Context context;
  std::vector<std::vector<StructureAgreement>> found;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    found.push_back(compare(*ball(3.0), *ball(4.1), context));
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(LabelAgreement, RefusesGridsThatDiffer) {
  Context context;
  const auto a = blank<Labels>({4, 4, 4}, {1, 1, 1}, 1), b = blank<Labels>({4, 4, 4}, {1, 1, 1.1}, 1);
  try {
    compare(*a, *b, context);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
  }
}

TEST(LabelAgreement, StopsWhenItIsToldTo) {
  Context context;
  context.cancel();
  EXPECT_THROW(compare(*cube(0, 0), *cube(0, 1), context), Error);
}

}  // namespace
