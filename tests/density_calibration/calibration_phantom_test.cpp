#include "ledd/density_calibration/calibration_phantom.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

namespace ledd {
namespace {

constexpr const char* kOwn = R"(
[[phantom]]
name = "Mine"
mineral = "HA"
density_mg_cm3 = [0, 200]
density_sd_mg_cm3 = 0.5
rod_diameter_mm = 20
position_mm = [[5, 5], [5, 45]]
geometry = "measured"
)";

std::string refusal(std::string text, const std::string& what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  try {
    read_phantoms(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kFormat);
    return e.what();
  }
  return "accepted";
}

TEST(CalibrationPhantom, TheTableHoldsTheSevenPhantoms) {
  std::vector<std::string> names;
  for (const auto& phantom : known_phantoms()) names.push_back(phantom.name);
  EXPECT_THAT(names,
              testing::ElementsAre("Mindways Model 3",
                                   "Mindways QA",
                                   "QRM-BDC 3",
                                   "QRM-BDC 6",
                                   "Image Analysis QCT-3D Plus",
                                   "B-MAS 200",
                                   "Siemens Osteo"));
}

TEST(CalibrationPhantom, RodsKeepTheirPlaceThoughNotByValue) {
  const auto& qa = known_phantoms()[1];
  ASSERT_EQ(qa.rods.size(), 4U);
  EXPECT_EQ(qa.mineral, Mineral::kK2HPO4);
  EXPECT_GT(qa.rods[0].density_mg_cm3, qa.rods[1].density_mg_cm3);
  EXPECT_DOUBLE_EQ(qa.rods[1].water_mg_cm3, 1056.95);
  EXPECT_DOUBLE_EQ(qa.rods[3].position_mm[0], 3.0 * qa.rods[1].position_mm[0]);
}

TEST(CalibrationPhantom, PositionsCountFromTheFirstRod) {
  const auto mine = read_phantoms(kOwn);
  ASSERT_EQ(mine.size(), 1U);
  EXPECT_THAT(mine[0].rods[0].position_mm, testing::ElementsAre(0.0, 0.0));
  EXPECT_THAT(mine[0].rods[1].position_mm, testing::ElementsAre(0.0, 40.0));
  EXPECT_DOUBLE_EQ(mine[0].scale_low, 0.95);
  EXPECT_FALSE(mine[0].has_water());
}

TEST(CalibrationPhantom, GeometryThatNobodyMeasuredIsUsedLoosely) {
  for (const auto& phantom : known_phantoms()) {
    EXPECT_FALSE(phantom.geometry_measured) << phantom.name;
    EXPECT_LT(phantom.scale_low, 0.7) << phantom.name;
    EXPECT_GT(phantom.scale_high, 1.6) << phantom.name;
  }
}

TEST(CalibrationPhantom, OwnCertificateReplacesTheEntryOfItsName) {
  auto own = read_phantoms(kOwn);
  own[0].name = "Siemens Osteo";
  const auto table = with_own(known_phantoms(), own);
  EXPECT_EQ(table.size(), known_phantoms().size());
  EXPECT_DOUBLE_EQ(table.back().density_sd_mg_cm3, 0.5);
  EXPECT_EQ(with_own(known_phantoms(), read_phantoms(kOwn)).back().name, "Mine");
}

TEST(CalibrationPhantom, AFaultyTableNamesPhantomAndKey) {
  using testing::HasSubstr;
  EXPECT_THAT(refusal(kOwn, "rod_diameter_mm", "rod_diametre_mm"),
              HasSubstr("did you mean 'rod_diameter_mm'"));
  EXPECT_THAT(refusal(kOwn, "\"HA\"", "\"CaCO3\""), HasSubstr("CaCO3"));
  EXPECT_THAT(refusal(kOwn, "[0, 200]", "[0, 100, 200]"), HasSubstr("3 densities but 2 positions"));
  EXPECT_THAT(refusal(kOwn, "[0, 200]", "[0, nan]"), HasSubstr("finite number"));
  EXPECT_THAT(refusal(kOwn, "[0, 200]", "[200, 200]"), HasSubstr("same for all rods"));
  EXPECT_THAT(refusal(kOwn, "[5, 45]", "[5, 15]"), HasSubstr("rods 1 and 2 overlap"));
  EXPECT_THAT(refusal(kOwn, "\"measured\"", "\"guessed\""), HasSubstr("guessed"));
  EXPECT_THAT(refusal(kOwn, "name = \"Mine\"", "name = "), HasSubstr("line 3"));
  EXPECT_THAT(refusal(kOwn, "geometry", "hidden = [3]\ngeometry"), HasSubstr("no number of a rod"));
  EXPECT_THAT(refusal(std::string(kOwn) + kOwn, "Mine", "Mine"), HasSubstr("twice"));
}

TEST(CalibrationPhantom, MineralsConvertThereAndBack) {
  EXPECT_NEAR(convert_density_mg_cm3(100.0, Mineral::kK2HPO4, Mineral::kHA), 107.68, 1e-9);
  EXPECT_NEAR(convert_density_mg_cm3(107.68, Mineral::kHA, Mineral::kK2HPO4), 100.0, 1e-9);
  EXPECT_EQ(convert_density_mg_cm3(5.0, Mineral::kHA, Mineral::kHA), 5.0);
}

}  // namespace
}  // namespace ledd
