#include <gmock/gmock.h>

#include <cmath>

#include "ledd/density_calibration/find_calibration_phantom.h"
#include "ledd/dicom/dicom.h"

#include "realdata.h"

namespace ledd {
namespace {

constexpr const char* kFolder = "bone/ct-phantom-qrm-dicom";

// The two inserts of 20 mm; their distance is read off the scan.
constexpr const char* kInserts = R"(
[[phantom]]
name = "Cardiac inserts"
mineral = "HA"
density_mg_cm3 = [0, 200]
density_sd_mg_cm3 = 2.0
rod_diameter_mm = 20.0
spacing_mm = 23.3
geometry = "measured"
tolerance_percent = 10
)";

Volume::Pointer scan() {
  Context context;
  const auto index = dicom::index({realdata() / kFolder}, context);
  return dicom::load(index.stacks.at(0), context);
}

TEST(CardiacPhantomRealData, RodAndWaterAreFoundInTheSlicesWhereBothReadTheSame) {
  LEDD_NEEDS_REALDATA(kFolder);
  Context context;
  const auto found = FindCalibrationPhantom()(*scan(), read_phantoms(kInserts), std::nullopt, context);
  ASSERT_TRUE(found.line) << found.refusal;
  EXPECT_EQ(found.slices,
            3);  // numbers 31 to 33 by height: 313, 317, 307 HU and 34 to 37 HU in small regions
  EXPECT_NEAR(found.used.low_mm, 627.9, 0.1);
  EXPECT_NEAR(found.rods[1].hu, 311.0, 4.0);
  EXPECT_NEAR(found.rods[0].hu, 35.5, 3.0);
  EXPECT_NEAR(found.rods[1].radius_mm, 10.0, 0.5);
  EXPECT_NEAR(found.rods[0].radius_mm, 10.0, 0.5);
}

// Two rods fix the line, so that the rod itself is met exactly, whatever it is. What can fail is a slice read
// on its own by the line of all, within its own stated error.
TEST(CardiacPhantomRealData, EachSliceReadsTheRodWithinTheStatedError) {
  LEDD_NEEDS_REALDATA(kFolder);
  Context context;
  const auto volume = scan();
  const auto phantoms = read_phantoms(kInserts);
  const auto all = FindCalibrationPhantom()(*volume, phantoms, std::nullopt, context);
  ASSERT_TRUE(all.line) << all.refusal;
  const FindCalibrationPhantom find({.min_length_mm = 1.0});
  for (int n = 0; n < all.slices; ++n) {
    const double z_mm = all.used.low_mm + 3.0 * n;
    const auto one = find(*volume, phantoms, FindCalibrationPhantom::Range{z_mm - 0.5, z_mm + 0.5}, context);
    ASSERT_EQ(one.rods.size(), 2U);
    const FoundRod& rod = one.rods[1];
    const double se = all.line->density_se_mg_cm3(rod.hu, rod.se_hu);
    EXPECT_LT(std::fabs(all.line->density_mg_cm3(rod.hu) - 200.0), 1.96 * se) << "slice at " << z_mm;
    EXPECT_LT(se, 4.0);
  }
}

TEST(CardiacPhantomRealData, TheTableFindsNoPhantomThatIsNotThere) {
  LEDD_NEEDS_REALDATA(kFolder);
  Context context;
  const auto found = FindCalibrationPhantom()(*scan(), known_phantoms(), std::nullopt, context);
  EXPECT_FALSE(found.line);
  EXPECT_FALSE(found.refusal.empty());
}

}  // namespace
}  // namespace ledd
