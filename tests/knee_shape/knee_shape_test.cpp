#include "ledd/knee_shape/knee_shape.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "potato.h"

namespace ledd {
namespace {

using anatomy::kPatella;
using anatomy::kPatellarCartilage;
using anatomy::Side;
using ::testing::HasSubstr;
using testing::Place;

const KneeShape& shape() {
  static const KneeShape one({}, testing::shape_model({testing::potato_model()}));
  return one;
}

const Place& somewhere() {
  static const Place place{1.1, 11.0, {0.3, -0.5, 0.8}, {-70.0, 35.0, 210.0}};
  return place;
}

TEST(KneeShape, APlacedBoneIsMetWithItsSizeItsModesAndItsPlaces) {
  const auto bone = testing::placed(testing::potato(1.5, -1.0), somewhere());
  const auto fit = shape().fit(bone, kPatella, Side::kRight);
  EXPECT_NEAR(fit.size, 1.1, 0.01);
  ASSERT_EQ(fit.modes.size(), 2U);
  EXPECT_NEAR(fit.modes[0], 1.5, 0.15);
  EXPECT_NEAR(fit.modes[1], -1.0, 0.15);
  EXPECT_NEAR(fit.distance, (1.5 * 1.5 + 1.0) / 2.0, 0.3);
  EXPECT_LT(fit.rms_mm, 0.1);
  EXPECT_GT(fit.reached, 0.99);
  EXPECT_TRUE(fit.usable);
  EXPECT_EQ(fit.doubt, "");
  const auto model = testing::potato_model();
  double worst_mm = 0.0;
  for (std::size_t n = 0; n < model.places_mm.size(); ++n) {
    const Point u = vec::unit(model.places_mm[n]);
    const Point truth = somewhere()(vec::scaled(u, testing::radius_mm(u, 1.5, -1.0)));
    worst_mm = std::max(worst_mm, vec::distance(truth, fit.points_lps_mm[n]));
  }
  EXPECT_LT(worst_mm, 0.6);
}

TEST(KneeShape, ALeftBoneIsMetLikeTheRightOneItMirrors) {
  const auto bone = testing::placed(testing::potato(1.0, 1.0), somewhere());
  const auto right = shape().fit(bone, kPatella, Side::kRight);
  const auto left = shape().fit(testing::mirrored(bone), kPatella, Side::kLeft);
  for (std::size_t n = 0; n < right.points_lps_mm.size(); ++n) {
    EXPECT_NEAR(left.points_lps_mm[n][0], -right.points_lps_mm[n][0], 1e-6);
    EXPECT_NEAR(left.points_lps_mm[n][2], right.points_lps_mm[n][2], 1e-6);
    EXPECT_NEAR(left.normals[n][0], -right.normals[n][0], 1e-6);
  }
  const auto wrong = shape().fit(testing::mirrored(bone), kPatella, Side::kRight);
  EXPECT_GT(wrong.rms_mm, 5.0 * right.rms_mm) << "the body has no symmetry";
}

TEST(KneeShape, CartilageIsLikelyOnThePlateAndNowhereElse) {
  const auto bone = testing::placed(testing::potato(0.5, 0.5), somewhere());
  const auto fit = shape().fit(bone, kPatella, Side::kRight);
  const auto flat = testing::potato(0.5, 0.5);
  const auto learned =
      shape().cartilage_at(fit, kPatellarCartilage, bone.points_lps_mm, vertex_normals(bone));
  std::size_t looked = 0;
  for (std::size_t v = 0; v < flat.points_lps_mm.size(); ++v) {
    const double degrees = std::acos(-vec::unit(flat.points_lps_mm[v])[1]) * 180.0 / testing::kPi;
    if (std::fabs(degrees - 40.0) < 13.5) continue;  // places up to 5 mm away tell, and 0.6 mm of the fit
    ++looked;
    ASSERT_NEAR(learned.probability[v], degrees < 40.0 ? 1.0 : 0.0, 1e-9) << degrees;
    ASSERT_EQ(std::isnan(learned.thickness_mm[v]), degrees > 40.0) << degrees;
    if (degrees < 40.0) {
      ASSERT_NEAR(learned.thickness_mm[v], 2.0, 1e-9);
      ASSERT_NEAR(learned.thickness_sd_mm[v], 0.3, 1e-9);
    }
  }
  EXPECT_GT(looked, 15000U);
}

TEST(KneeShape, WhatLiesAwayFromTheShapeIsNotJudged) {
  const auto bone = testing::potato(0, 0);
  const auto fit = shape().fit(bone, kPatella, Side::kRight);
  const Point out = vec::scaled(fit.points_lps_mm[0], 1.3);
  const std::vector<Point> points{fit.points_lps_mm[0], out, fit.points_lps_mm[0]};
  const std::vector<Point> normals{fit.normals[0], fit.normals[0], vec::scaled(fit.normals[0], -1.0)};
  const auto learned = shape().cartilage_at(fit, kPatellarCartilage, points, normals);
  EXPECT_FALSE(std::isnan(learned.probability[0]));
  EXPECT_TRUE(std::isnan(learned.probability[1])) << "8 mm off the bone";
  EXPECT_TRUE(std::isnan(learned.probability[2])) << "the other face of a thin bone";
}

TEST(KneeShape, HalfABoneIsNotJudged) {
  const auto whole = testing::potato(0, 0);
  std::vector<std::uint8_t> keep(whole.points_lps_mm.size());
  for (std::size_t v = 0; v < keep.size(); ++v) keep[v] = whole.points_lps_mm[v][0] > 0.0 ? 1 : 0;
  const auto half = part_of(whole, keep).mesh;
  const auto fit = shape().fit(half, kPatella, Side::kRight);
  EXPECT_FALSE(fit.usable) << fit.reached;
  EXPECT_THAT(fit.doubt, HasSubstr("of the learned places are met"));
  const auto learned =
      shape().cartilage_at(fit, kPatellarCartilage, half.points_lps_mm, vertex_normals(half));
  EXPECT_TRUE(std::all_of(
      learned.probability.begin(), learned.probability.end(), [](double p) { return std::isnan(p); }));
}

TEST(KneeShape, ABoneOfAnotherShapeOrSizeIsDoubted) {
  auto ball = testing::potato(0, 0);
  for (Point& p : ball.points_lps_mm) p = vec::scaled(vec::unit(p), 30.0);
  EXPECT_THAT(shape().fit(ball, kPatella, Side::kRight).doubt, HasSubstr("from the learned shape"));
  const auto odd = shape().fit(testing::potato(5.0, 4.0), kPatella, Side::kRight);
  EXPECT_THAT(odd.doubt, HasSubstr("mean squared mode"));
  KneeShape::Params strict;
  strict.margin = 1.0;
  const KneeShape narrow(strict, testing::shape_model({testing::potato_model()}));
  const auto large = testing::placed(testing::potato(0, 0), {1.3, 0.0, {0, 0, 1}, {}});
  EXPECT_THAT(narrow.fit(large, kPatella, Side::kRight).doubt, HasSubstr("size 1.3"));
  const auto small = testing::placed(testing::potato(0, 0), {0.75, 0.0, {0, 0, 1}, {}});
  EXPECT_THAT(narrow.fit(small, kPatella, Side::kRight).doubt, HasSubstr("size 0.75"));
}

/// The potato as label 206 with a plate of 2 mm, and an island of cartilage at the back.
Labels::Pointer labelled(bool island) {
  auto labels = Labels::New();
  labels->SetRegions(Labels::SizeType{{110, 120, 60}});
  labels->SetSpacing(std::array<double, 3>{0.8, 0.7, 1.4}.data());
  labels->SetOrigin(std::array<double, 3>{-43.0, -40.0, -40.0}.data());
  labels->Allocate(true);
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Labels::PointType at;
    labels->TransformIndexToPhysicalPoint(labels->ComputeIndex(static_cast<long>(n)), at);
    const Point p{at[0], at[1], at[2]}, u = vec::unit(p);
    const double out_mm = vec::norm(p) - testing::radius_mm(u, 0, 0);
    const bool behind = vec::dot(u, vec::unit({0.3, 1.0, -0.5})) > std::cos(8.0 * testing::kPi / 180.0);
    if (out_mm <= 0.0)
      labels->GetBufferPointer()[n] = kPatella;
    else if (out_mm < 2.0 && (testing::has_plate(u) || (island && behind)))
      labels->GetBufferPointer()[n] = kPatellarCartilage;
  }
  return labels;
}

TEST(KneeShape, AnIslandWhereNobodyHasCartilageIsFoundAndTheRealPlateIsNot) {
  const auto bone = testing::potato(0, 0);
  const auto fit = shape().fit(bone, kPatella, Side::kRight);
  EXPECT_TRUE(shape().unlikely(*labelled(false), bone, fit).empty());
  const auto with = labelled(true), without = labelled(false);
  std::vector<std::size_t> island;
  for (std::size_t n = 0; n < with->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (with->GetBufferPointer()[n] != without->GetBufferPointer()[n]) island.push_back(n);
  const auto found = shape().unlikely(*with, bone, fit);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].voxels, island);
  EXPECT_EQ(found[0].cartilage, kPatellarCartilage);
  EXPECT_NEAR(found[0].volume_mm3, static_cast<double>(island.size()) * 0.8 * 0.7 * 1.4, 1e-6);
  EXPECT_GT(vec::dot(vec::unit(found[0].centre_lps_mm), vec::unit({0.3, 1.0, -0.5})), 0.99);
  KneeShape::Params params;
  params.least_mm3 = found[0].volume_mm3 + 1.0;
  const KneeShape patient(params, testing::shape_model({testing::potato_model()}));
  EXPECT_TRUE(patient.unlikely(*with, bone, fit).empty());
}

TEST(KneeShape, GivesTheSameBytesForAnyNumberOfThreads) {
  const auto bone = testing::placed(testing::potato(0.7, -0.2), somewhere());
  std::vector<ShapeFit> fits;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    fits.push_back(shape().fit(bone, kPatella, Side::kRight));
  }
  EXPECT_EQ(fits[0].points_lps_mm, fits[1].points_lps_mm);
  EXPECT_EQ(fits[0].modes, fits[1].modes);
  EXPECT_EQ(fits[0].rms_mm, fits[1].rms_mm);
}

TEST(KneeShape, ABrokenModelIsRefused) {
  const auto good = testing::shape_model({testing::potato_model()});
  const auto code = [](const std::string& bytes) {
    try {
      const KneeShape made({}, bytes);
    } catch (const Error& e) {
      return e.code();
    }
    return Errc::kInternal;
  };
  EXPECT_EQ(code(""), Errc::kFormat);
  EXPECT_EQ(code("LEDD"), Errc::kFormat);
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), Errc::kFormat);
  EXPECT_EQ(code(good.substr(0, 40)), Errc::kFormat);
  EXPECT_EQ(code(good + "x"), Errc::kFormat);
  auto newer = good;
  newer[8] = 2;
  EXPECT_EQ(code(newer), Errc::kFormat);
  auto wrong = testing::potato_model();
  wrong.places_mm[5][1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(code(testing::shape_model({wrong})), Errc::kFormat);
}

TEST(KneeShape, WhatItCannotBeAskedIsRefused) {
  const auto bone = testing::potato(0, 0);
  EXPECT_THROW(shape().fit(bone, anatomy::kTibia, Side::kRight), Error);
  EXPECT_THROW(shape().fit(TriangleMesh(), kPatella, Side::kRight), Error);
  const auto fit = shape().fit(bone, kPatella, Side::kRight);
  EXPECT_THROW(shape().cartilage_at(fit, anatomy::kFemoralCartilage, {}, {}), Error);
  EXPECT_THROW(shape().cartilage_at(fit, kPatellarCartilage, bone.points_lps_mm, {}), Error);
  for (const double bad : {-0.01, 0.3, std::numeric_limits<double>::quiet_NaN()}) {
    KneeShape::Params params;
    params.never = bad;
    EXPECT_THROW(KneeShape(params, testing::shape_model({testing::potato_model()})), Error) << bad;
  }
}

}  // namespace
}  // namespace ledd
