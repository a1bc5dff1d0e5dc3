#include "ledd/cartilage_relaxometry/cartilage_relaxometry.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

constexpr phantom::Size kSize{30, 40, 6};
constexpr phantom::Spacing kSpacing{0.4, 0.3, 4.0};

/// Slabs along j: tibia, ten voxels of cartilage, nothing. T2 rises from 20 ms at the bone by 4 ms a voxel.
struct Slabs {
  Labels::Pointer labels = phantom::blank<Labels>(kSize, kSpacing, 0);
  Volume::Pointer value_ms = phantom::blank<Volume>(kSize, kSpacing, 0.0F);
  Mask::Pointer quality = phantom::blank<Mask>(kSize, kSpacing, 0);

  explicit Slabs(std::uint16_t plate = 204, std::uint16_t bone = 203) {
    each([&](long, long j, long, std::size_t v) {
      if (j < 10) labels->GetBufferPointer()[v] = bone;
      if (j < 10 || j >= 20) return;
      labels->GetBufferPointer()[v] = plate;
      value_ms->GetBufferPointer()[v] = 20.0F + 4.0F * static_cast<float>(j - 10);
      quality->GetBufferPointer()[v] = 1;
    });
  }

  template <class Body>
  static void each(Body&& body) {
    std::size_t v = 0;
    for (long k = 0; k < 6; ++k)
      for (long j = 0; j < 40; ++j)
        for (long i = 0; i < 30; ++i) body(i, j, k, v++);
  }

  CartilageRelaxometry::Result measure(const CartilageRelaxometry& m = CartilageRelaxometry()) const {
    Context context;
    return m(*value_ms, *quality, *labels, {}, context);
  }
};

const Measurement& row(const std::vector<Measurement>& all,
                       const std::string& region,
                       const std::string& endpoint,
                       const std::string& statistic = "mean") {
  for (const auto& m : all)
    if (m.region == region && m.endpoint == endpoint && (statistic.empty() || m.statistic == statistic))
      return m;
  throw Error(Errc::kInternal, "no row " + region + ' ' + endpoint + ' ' + statistic);
}

TEST(CartilageRelaxometry, HalvesAndLayersAreCountedFromTheBone) {
  const auto result = Slabs().measure();
  ASSERT_EQ(result.regions.size(), 1U);
  const auto& r = result.regions[0];
  EXPECT_EQ(r.name, "MT");
  EXPECT_EQ(r.all.voxels, 30U * 10U * 6U);
  EXPECT_NEAR(r.all.mean_ms, 38.0, 1e-6);
  EXPECT_NEAR(r.all.median_ms, 38.0, 1e-6);
  EXPECT_NEAR(r.all.sd_ms, 4.0 * std::sqrt(8.25 * 1800 / 1799), 1e-4);
  EXPECT_NEAR(r.deep.mean_ms, 28.0, 1e-6);
  EXPECT_NEAR(r.superficial.mean_ms, 48.0, 1e-6);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(r.layers[i].mean_ms, 22.0 + 8.0 * static_cast<double>(i), 1e-6) << i;
    EXPECT_EQ(r.layers[i].voxels, 360U) << i;
  }
}

TEST(CartilageRelaxometry, DepthIsLinearFromBoneToJoint) {
  const auto result = Slabs().measure();
  Slabs::each([&](long, long j, long, std::size_t v) {
    const float depth = result.depth->GetBufferPointer()[v];
    if (j >= 10 && j < 20) {
      EXPECT_NEAR(depth, (static_cast<double>(j) - 10.0 + 0.5) / 10.0, 1e-5);
    } else {
      EXPECT_TRUE(std::isnan(depth));
    }
  });
}

TEST(CartilageRelaxometry, OppositeCartilageIsTheJointNotTheBone) {
  Slabs slabs;
  Slabs::each([&](long, long j, long, std::size_t v) {
    if (j >= 20 && j < 26) slabs.labels->GetBufferPointer()[v] = 202;
    if (j >= 26) slabs.labels->GetBufferPointer()[v] = 201;
    if (j >= 20 && j < 26) slabs.quality->GetBufferPointer()[v] = 1;
    if (j >= 20 && j < 26) slabs.value_ms->GetBufferPointer()[v] = 70.0F - static_cast<float>(j);
  });
  const auto result = slabs.measure();
  ASSERT_EQ(result.regions.size(), 2U);
  EXPECT_EQ(result.regions[0].name, "FC");
  EXPECT_NEAR(result.regions[0].deep.mean_ms, 46.0, 1e-6) << "the femur is at the far side";
  EXPECT_NEAR(result.regions[0].superficial.mean_ms, 49.0, 1e-6);
  EXPECT_NEAR(result.regions[1].deep.mean_ms, 28.0, 1e-6);
}

TEST(CartilageRelaxometry, BadVoxelsAreLeftOutAndCounted) {
  Slabs slabs;
  Slabs::each([&](long i, long, long, std::size_t v) {
    if (i >= 12 || slabs.labels->GetBufferPointer()[v] != 204) return;
    slabs.quality->GetBufferPointer()[v] = 3;
    slabs.value_ms->GetBufferPointer()[v] = 1000.0F;
  });
  const CartilageRelaxometry measure;
  const auto result = slabs.measure(measure);
  EXPECT_EQ(result.regions[0].all.excluded, 720U);
  EXPECT_NEAR(result.regions[0].all.mean_ms, 38.0, 1e-6);
  const auto rows = measure.measurements(result, CartilageRelaxometry::Quantity::kT2);
  EXPECT_EQ(row(rows, "MT", "T2").quality, Quality::kUncertain);
  EXPECT_THAT(row(rows, "MT", "T2").reason, HasSubstr("40 %"));
  EXPECT_NEAR(row(rows, "MT", "T2_excluded", "value").value.value(), 40.0, 1e-9);
  EXPECT_NEAR(row(rows, "MT", "T2_voxels", "value").value.value(), 1080.0, 1e-9);
}

TEST(CartilageRelaxometry, FluidWithinAPlateIsLeftOutAndCounted) {
  CartilageRelaxometry::Params params;
  params.fluid_ms = 50.0;
  const auto result = Slabs().measure(CartilageRelaxometry(params));
  const auto& r = result.regions[0];  // 20, 24, ... 48 ms are left of 20 ... 56
  EXPECT_EQ(r.all.voxels, 30U * 8U * 6U);
  EXPECT_EQ(r.all.excluded, 30U * 2U * 6U);
  EXPECT_NEAR(r.all.mean_ms, 34.0, 1e-6);
}

TEST(CartilageRelaxometry, NothingGoodIsNoValue) {
  Slabs slabs;
  slabs.quality->FillBuffer(4);
  const CartilageRelaxometry measure;
  const auto rows = measure.measurements(slabs.measure(measure), CartilageRelaxometry::Quantity::kT1rho);
  EXPECT_EQ(row(rows, "MT", "T1rho").quality, Quality::kFailed);
  EXPECT_FALSE(row(rows, "MT", "T1rho").value);
  EXPECT_THAT(row(rows, "MT", "T1rho").reason, HasSubstr("0 voxels"));
  EXPECT_NEAR(row(rows, "MT", "T1rho_excluded", "value").value.value(), 100.0, 1e-9);
}

TEST(CartilageRelaxometry, WithoutBoneThereAreNoLayersButAMean) {
  const CartilageRelaxometry measure;
  const auto rows = measure.measurements(Slabs(207, 0).measure(measure), CartilageRelaxometry::Quantity::kT2);
  EXPECT_NEAR(row(rows, "PC", "T2").value.value(), 38.0, 1e-6);
  EXPECT_FALSE(row(rows, "PC", "T2_deep").value);
  EXPECT_THAT(row(rows, "PC", "T2_layer3").reason, HasSubstr("patella is not in the segmentation"));
}

TEST(CartilageRelaxometry, EveryPlateHasARowWhetherThereOrNot) {
  const CartilageRelaxometry measure;
  const auto rows = measure.measurements(Slabs().measure(measure), CartilageRelaxometry::Quantity::kT2);
  for (const char* region : {"FC", "LT", "PC"}) {
    EXPECT_EQ(row(rows, region, "T2").quality, Quality::kFailed);
    EXPECT_THAT(row(rows, region, "T2").reason, HasSubstr("not in the segmentation"));
  }
  for (const auto& m :
       CartilageRelaxometry::unmeasured(CartilageRelaxometry::Quantity::kT2, "no segmentation"))
    EXPECT_EQ(m.reason, "no segmentation");
  EXPECT_EQ(CartilageRelaxometry::unmeasured(CartilageRelaxometry::Quantity::kT2, "x").size(), 40U);
}

TEST(CartilageRelaxometry, SubRegionsAreReadWithinThePlateOnly) {
  const Slabs slabs;
  auto sub = phantom::blank<Labels>(kSize, kSpacing, 0);
  Slabs::each([&](long i, long, long, std::size_t v) { sub->GetBufferPointer()[v] = i < 10 ? 1 : 204; });
  Context context;
  const auto result = CartilageRelaxometry()(
      *slabs.value_ms, *slabs.quality, *slabs.labels, {sub, {{1, "aMT"}, {204, "pMT"}}}, context);
  ASSERT_EQ(result.regions.size(), 3U);
  EXPECT_EQ(result.regions[1].name, "aMT");
  EXPECT_EQ(result.regions[1].all.voxels, 600U);
  EXPECT_EQ(result.regions[2].all.voxels, 1200U);
  EXPECT_NEAR(result.regions[2].deep.mean_ms, 28.0, 1e-6);
  EXPECT_THROW(
      CartilageRelaxometry()(*slabs.value_ms, *slabs.quality, *slabs.labels, {sub, {{1, "aMT"}}}, context),
      Error);
}

TEST(CartilageRelaxometry, NoDepthIsZeroSoThatZeroCanStandForNoneInAFile) {
  const Slabs slabs;
  const auto result = slabs.measure();
  Slabs::each([&](long, long, long, std::size_t v) {
    const float depth = result.depth->GetBufferPointer()[v];
    ASSERT_EQ(std::isnan(depth), slabs.labels->GetBufferPointer()[v] != 204);
    ASSERT_FALSE(depth <= 0.0F);
  });
}

TEST(CartilageRelaxometry, SubRegionsTogetherAreMeasuredOverAllTheirVoxels) {
  const Slabs slabs;  // in columns 0 to 2 the five voxels by the bone, elsewhere all ten
  auto sub = phantom::blank<Labels>(kSize, kSpacing, 0);
  Slabs::each([&](long i, long j, long, std::size_t v) {
    if (slabs.labels->GetBufferPointer()[v] != 204) return;
    if (i < 3)
      sub->GetBufferPointer()[v] = j < 15 ? 1 : 0;
    else
      sub->GetBufferPointer()[v] = 2;
  });
  Context context;
  const CartilageRelaxometry measure;
  const auto result = measure(*slabs.value_ms,
                              *slabs.quality,
                              *slabs.labels,
                              {sub, {{1, "ecMF"}, {2, "ccMF"}, {3, "icMF"}}, {{"cMF", {1, 2, 3}}}},
                              context);
  const auto rows = measure.measurements(result, CartilageRelaxometry::Quantity::kT2);
  EXPECT_NEAR(*row(rows, "ecMF", "T2").value, 28.0, 1e-9);
  EXPECT_NEAR(*row(rows, "ccMF", "T2").value, 38.0, 1e-9);
  // 15 columns of values of the one, 270 of the other for each row and slice: no mean of means, which is 33.
  EXPECT_NEAR(*row(rows, "cMF", "T2").value, (15 * 28.0 + 270 * 38.0) / 285, 1e-9);
  EXPECT_EQ(*row(rows, "cMF", "T2_voxels", "value").value, 6 * 285);
  EXPECT_NEAR(*row(rows, "cMF", "T2", "median").value, 36.0, 1e-9);
}

TEST(CartilageRelaxometry, NamedSubRegionsHaveRowsWithoutVoxelsAndWithTooFew) {
  const Slabs slabs;
  auto sub = phantom::blank<Labels>(kSize, kSpacing, 0);
  std::size_t left = 5;
  Slabs::each([&](long, long, long, std::size_t v) {
    if (left > 0 && slabs.labels->GetBufferPointer()[v] == 204) sub->GetBufferPointer()[v] = 1, --left;
  });
  Context context;
  const CartilageRelaxometry measure;
  const auto result =
      measure(*slabs.value_ms, *slabs.quality, *slabs.labels, {sub, {{1, "aMT"}, {2, "pMT"}}}, context);
  std::size_t few = 0, none = 0;
  for (const auto& m : measure.measurements(result, CartilageRelaxometry::Quantity::kT2)) {
    if (m.endpoint != "T2") continue;
    few += m.region == "aMT" && m.inherent && m.reason == "5 voxels with a good fit, 10 are needed" ? 1U : 0U;
    none += m.region == "pMT" && m.inherent && m.quality == Quality::kFailed ? 1U : 0U;
  }
  EXPECT_EQ(few, 1U);
  EXPECT_EQ(none, 1U);
}

TEST(CartilageRelaxometry, OtherGridsAndIllegalParametersAreRefused) {
  const Slabs slabs;
  Context context;
  const auto other = phantom::blank<Labels>(kSize, {0.4, 0.3, 3.0}, 204);
  EXPECT_THROW(CartilageRelaxometry()(*slabs.value_ms, *slabs.quality, *other, {}, context), Error);
  EXPECT_THROW(CartilageRelaxometry({.max_excluded = 1.5}), Error);
  EXPECT_THROW(CartilageRelaxometry({.max_bone_distance_mm = std::nan("")}), Error);
}

TEST(CartilageRelaxometry, EmptyLabelsGiveNoRegion) {
  Slabs slabs;
  slabs.labels->FillBuffer(0);
  EXPECT_TRUE(slabs.measure().regions.empty());
}

}  // namespace
}  // namespace ledd
