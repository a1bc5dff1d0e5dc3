#include "ledd/trabecular_structure/trabecular_structure.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/core/error.h"

#include "solids.h"

namespace ledd {
namespace {

using namespace solids;

/// Four plates of 5 voxels across x, 10 apart, within walls of cortex of 4 voxels; along z the scan cuts all.
struct Bone {
  Grid grid{{84, 64, 40}};
  Mask::Pointer trabecular =
      drawn(grid, [](const Point& p) { return std::abs(p[0]) < 35 && std::abs(p[1]) < 25; });
  Mask::Pointer cortical = drawn(grid, [](const Point& p) {
    return (std::abs(p[0]) >= 35 || std::abs(p[1]) >= 25) && std::abs(p[0]) < 39 && std::abs(p[1]) < 29;
  });
  Mask::Pointer bone = drawn(grid, [](const Point& p) {
    const bool wall =
        (std::abs(p[0]) >= 35 || std::abs(p[1]) >= 25) && std::abs(p[0]) < 39 && std::abs(p[1]) < 29;
    const double x = std::abs(p[0]);
    const bool plate = x < 35 && std::abs(p[1]) < 25 && (std::abs(x - 7.5) < 2.4 || std::abs(x - 22.5) < 2.4);
    return wall || plate;
  });
  TrabecularStructure::Result measure() const {
    Context context;
    return TrabecularStructure()({*bone, *trabecular, *cortical}, context);
  }
};

const Measurement* row(const std::vector<Measurement>& rows,
                       const std::string& key,
                       const std::string& statistic) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Measurement& m) {
    return m.endpoint == key && m.statistic == statistic;
  });
  return it == rows.end() ? nullptr : &*it;
}

TEST(TrabecularStructure, MeasuresPlatesInABone) {
  const auto result = Bone().measure();
  EXPECT_NEAR(result.tv_mm3, 70 * 50 * 40 * std::pow(kVoxel_mm, 3), 1e-9);
  EXPECT_NEAR(result.bv_mm3 / result.tv_mm3, 20.0 / 70.0, 0.02);
  ASSERT_TRUE(result.th && result.sp && result.mid_axes);
  EXPECT_NEAR(result.th->mean_mm, 5 * kVoxel_mm, 0.4 * kVoxel_mm) << "fillets at the cortex make it thicker";
  EXPECT_NEAR(result.sp->mean_mm, 10 * kVoxel_mm, 0.5 * kVoxel_mm);
  EXPECT_NEAR(result.mid_axes->mean_mm, 15 * kVoxel_mm, 1.5 * kVoxel_mm);
  EXPECT_LT(result.without_separation, 0.1) << "only beside the ends of the scan and in corners";
  EXPECT_NEAR(result.bs_mm2 / result.bv_mm3, 2.0 / (5 * kVoxel_mm), 0.08 * 2.0 / (5 * kVoxel_mm));
}

TEST(TrabecularStructure, MapsHaveValuesInTheCompartmentAlone) {
  const Bone bone;
  const auto result = bone.measure();
  for (std::size_t n = 0; n < 84U * 64U * 40U; ++n) {
    const bool own = bone.trabecular->GetBufferPointer()[n] != 0,
               solid = bone.bone->GetBufferPointer()[n] != 0;
    EXPECT_EQ(result.thickness_mm->GetBufferPointer()[n] > 0.0F, own && solid) << n;
    if (!own || solid) {
      EXPECT_EQ(result.separation_mm->GetBufferPointer()[n], 0.0F) << n;
    }
  }
}

TEST(TrabecularStructure, HasARowForEveryEndpoint) {
  const auto rows = measurements(Bone().measure());
  for (const auto& d : TrabecularStructure::definitions())
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](const auto& m) { return m.endpoint == d.key; }))
        << d.key;
  ASSERT_TRUE(row(rows, "SMI", "value"));
  EXPECT_EQ(row(rows, "SMI", "value")->quality, Quality::kUncertain);
  EXPECT_TRUE(row(rows, "SMI", "value")->inherent);
  EXPECT_EQ(row(rows, "Tb_Th", "mean")->quality, Quality::kGood);
}

TEST(TrabecularStructure, ConnectivityIsThatOfAKnownFrameOverItsVolume) {
  const auto frame = drawn(cubes(24), [](const Point& p) {
    int far = 0;
    for (const double x : p) {
      if (std::abs(x) > 9.0) return false;
      if (std::abs(x) > 6.0) ++far;
    }
    return far >= 2;
  });
  Context context;
  const auto none = phantom::blank<Mask>({24, 24, 24}, {kVoxel_mm, kVoxel_mm, kVoxel_mm}, 0);
  const auto result = TrabecularStructure()({*frame, *everywhere(*frame), *none}, context);
  EXPECT_NEAR(*row(measurements(result), "Conn_D", "value")->value, 5.0 / std::pow(24 * kVoxel_mm, 3), 1e-9);
}

TEST(TrabecularStructure, WithoutBoneThereIsAFractionAndNoThickness) {
  const auto none = phantom::blank<Mask>({12, 12, 12}, {kVoxel_mm, kVoxel_mm, kVoxel_mm}, 0);
  const auto all = everywhere(*none);
  Context context;
  const auto empty = measurements(TrabecularStructure()({*none, *all, *none}, context));
  EXPECT_EQ(*row(empty, "BV_TV", "value")->value, 0.0);
  EXPECT_EQ(row(empty, "Tb_Th", "mean")->quality, Quality::kFailed);
  EXPECT_EQ(row(empty, "Conn_D", "value")->quality, Quality::kFailed);
  const auto full = measurements(TrabecularStructure()({*all, *all, *none}, context));
  EXPECT_EQ(*row(full, "BV_TV", "value")->value, 100.0);
  EXPECT_EQ(row(full, "Tb_Sp", "mean")->quality, Quality::kFailed);
  EXPECT_EQ(row(full, "DA", "value")->quality, Quality::kFailed);
}

TEST(TrabecularStructure, RefusesWhatHasNoMeaning) {
  const auto none = phantom::blank<Mask>({12, 12, 12}, {kVoxel_mm, kVoxel_mm, kVoxel_mm}, 0);
  const auto all = everywhere(*none);
  const auto other = phantom::blank<Mask>({12, 12, 13}, {kVoxel_mm, kVoxel_mm, kVoxel_mm}, 0);
  Context context;
  const TrabecularStructure module;
  EXPECT_THROW(module({*all, *none, *none}, context), Error) << "no compartment";
  EXPECT_THROW(module({*all, *all, *all}, context), Error) << "both compartments at once";
  EXPECT_THROW(module({*other, *all, *none}, context), Error);
}

}  // namespace
}  // namespace ledd
