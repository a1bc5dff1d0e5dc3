#include "ledd/cortical_structure/cortical_structure.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"

#include "phantom.h"

namespace ledd {
namespace {

using phantom::blank;

/// A plate of cortex, x = 10..21, across the image; voxels of 0.06 mm.
struct Plate {
  Mask::Pointer cortical = blank<Mask>({32, 30, 20}, {0.06, 0.06, 0.06}, 0);
  Mask::Pointer bone = blank<Mask>({32, 30, 20}, {0.06, 0.06, 0.06}, 0);
  Plate() {
    for (std::size_t n = 0; n < 32 * 30 * 20; ++n) {
      const auto at = cortical->ComputeIndex(static_cast<long>(n));
      if (at[0] < 10 || at[0] > 21) continue;
      cortical->SetPixel(at, 1);
      bone->SetPixel(at, 1);
    }
  }
  /// A canal of `wide` x `wide` voxels along the bone at x = first.
  Plate& canal(long first, long wide, long from_z, long to_z) {
    for (long z = from_z; z < to_z; ++z)
      for (long y = 12; y < 12 + wide; ++y)
        for (long x = first; x < first + wide; ++x) bone->SetPixel({{x, y, z}}, 0);
    return *this;
  }
  CorticalStructure::Result measure() const {
    Context context;
    return CorticalStructure()(*cortical, *bone, context);
  }
};

TEST(CorticalStructure, APlateHasItsThicknessAlsoWithPores) {
  EXPECT_NEAR(Plate().measure().ct_th_mm, 12 * 0.06, 0.2 * 0.06);
  EXPECT_NEAR(Plate().canal(14, 4, 0, 20).measure().ct_th_mm, 12 * 0.06, 0.2 * 0.06);
}

TEST(CorticalStructure, PorosityIsTheCanalsShareOfTheCompartment) {
  const auto result = Plate().canal(14, 4, 0, 20).measure();
  EXPECT_NEAR(result.ct_po_percent, 100.0 * 4 * 4 * 20 / (12.0 * 30 * 20), 1e-9);
  ASSERT_TRUE(result.ct_po_dm_mm);
  EXPECT_NEAR(*result.ct_po_dm_mm, 4 * 0.06, 0.06);
  EXPECT_EQ(measurements(result).size(), 5U);
}

TEST(CorticalStructure, SpecksAreNoPores) {
  auto plate = Plate();
  for (long z = 3; z < 7; ++z) plate.bone->SetPixel({{15, 12, z}}, 0);
  EXPECT_EQ(plate.measure().ct_po_percent, 0.0) << "four voxels";
  EXPECT_FALSE(plate.measure().ct_po_dm_mm);
  plate.bone->SetPixel({{15, 12, 7}}, 0);
  EXPECT_NEAR(plate.measure().ct_po_percent, 100.0 * 5 / (12.0 * 30 * 20), 1e-9) << "five";
}

TEST(CorticalStructure, WhatOpensToTheOutsideIsAPoreOnlyWhereACanalContinuesIt) {
  // in the upper slices the canal is open to the side, in the lower ones closed
  auto plate = Plate().canal(14, 3, 0, 20);
  for (long z = 10; z < 20; ++z)
    for (long x = 10; x < 14; ++x) plate.bone->SetPixel({{x, 13, z}}, 0);
  const auto result = plate.measure();
  EXPECT_EQ(morphology::count(*result.pores), 3U * 3U * 20U);
  EXPECT_EQ(Plate().canal(10, 3, 0, 20).measure().ct_po_percent, 0.0) << "a groove all along";
}

TEST(CorticalStructure, TheOrderOfSlicesDoesNotMatter) {
  const auto up = Plate().canal(12, 3, 0, 7).canal(16, 4, 5, 20).measure();
  const auto down = Plate().canal(12, 3, 13, 20).canal(16, 4, 0, 15).measure();
  EXPECT_EQ(up.ct_po_percent, down.ct_po_percent);
  EXPECT_GT(up.ct_po_percent, 0.0);
}

TEST(CorticalStructure, NothingAndBadParametersAreRefused) {
  Context context;
  const auto empty = blank<Mask>({4, 4, 4}, {0.1, 0.1, 0.1}, 0);
  EXPECT_THROW(CorticalStructure()(*empty, *empty, context), Error);
  EXPECT_THROW(CorticalStructure({.largest_pore_percent = -1.0}), Error);
}

}  // namespace
}  // namespace ledd
