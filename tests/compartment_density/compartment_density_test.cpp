#include "ledd/compartment_density/compartment_density.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd {
namespace {

using phantom::blank;

/// 10 x 10 pixels of 0.1 mm: x = 1..8 is bone, of which 3..6 is trabecular; the last slice is empty.
struct Block {
  Volume::Pointer density = blank<Volume>({10, 10, 4}, {0.1, 0.1, 0.2}, 50.0F);
  Mask::Pointer trabecular = blank<Mask>({10, 10, 4}, {0.1, 0.1, 0.2}, 0);
  Mask::Pointer cortical = blank<Mask>({10, 10, 4}, {0.1, 0.1, 0.2}, 0);
  Mask::Pointer bone = blank<Mask>({10, 10, 4}, {0.1, 0.1, 0.2}, 0);
  Block() {
    for (long z = 0; z < 3; ++z)
      for (long y = 0; y < 10; ++y)
        for (long x = 1; x <= 8; ++x) {
          const Mask::IndexType at{{x, y, z}};
          const bool inner = x >= 3 && x <= 6;
          (inner ? trabecular : cortical)->SetPixel(at, 1);
          const bool solid = !inner && y != 0;  // the first row of the cortex is a pore
          bone->SetPixel(at, solid ? 1 : 0);
          density->SetPixel(at, inner ? 100.0F + 100.0F * static_cast<float>(z) : (solid ? 900.0F : 0.0F));
        }
  }
  CompartmentDensity values() const { return compartment_density(*density, {*trabecular, *cortical, *bone}); }
};

TEST(CompartmentDensity, AreasAndDensitiesAreThoseOfTheBlock) {
  const auto result = Block().values();
  EXPECT_NEAR(result.all.tb_ar_mm2, 0.4 * 3 / 4, 1e-12) << "the mean over all slices, also the empty one";
  EXPECT_NEAR(result.all.ct_ar_mm2, 0.4 * 3 / 4, 1e-12);
  EXPECT_NEAR(result.all.tb_bmd_mg_per_cm3, 200.0, 1e-9);
  EXPECT_NEAR(result.all.ct_bmd_mg_per_cm3, 810.0, 1e-9);
  EXPECT_NEAR(result.all.ct_tmd_mg_per_cm3, 900.0, 1e-9);
  EXPECT_NEAR(result.all.tt_bmd_mg_per_cm3, 505.0, 1e-9);
  EXPECT_NEAR(result.slices[2].tb_bmd_mg_per_cm3, 300.0, 1e-9);
  EXPECT_NEAR(result.slices[2].tt_ar_mm2, 0.8, 1e-12);
}

TEST(CompartmentDensity, RowsCarryTheFieldsNames) {
  const auto rows = measurements(Block().values());
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows[3].endpoint, "Ct_Ar_Tt_Ar");
  EXPECT_NEAR(rows[3].value.value(), 50.0, 1e-9);
  EXPECT_EQ(rows[5].region, "Tb");
}

TEST(CompartmentDensity, TheTableLeavesDensitiesOfEmptySlicesEmpty) {
  const auto table = slice_table(Block().values(), 2);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[3].cells[5], "");
  EXPECT_EQ(table.rows[3].cells[2], "0.00");
  EXPECT_EQ(table.rows[1].cells[6], "200.00");
  EXPECT_TRUE(table.rows[2].shown);
  EXPECT_FALSE(table.rows[1].shown);
  EXPECT_EQ(table.rows[0].cells.size(), table.columns.size());
}

TEST(CompartmentDensity, EmptyCompartmentsAndOtherGridsAreRefused) {
  Block block;
  block.trabecular->FillBuffer(0);
  EXPECT_THROW(block.values(), Error);
  block = Block();
  block.bone = blank<Mask>({10, 10, 5}, {0.1, 0.1, 0.2}, 0);
  EXPECT_THROW(block.values(), Error);
}

}  // namespace
}  // namespace ledd
