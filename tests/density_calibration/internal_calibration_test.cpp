#include "ledd/density_calibration/internal_calibration.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/ct_phantom/ct_phantom.h"

namespace ledd {
namespace {

using testing::HasSubstr;

constexpr std::array<Material, 5> kTissues{
    Material::kAir, Material::kFat, Material::kBlood, Material::kMuscle, Material::kCorticalBone};

/// What a scanner of that energy reads in every tissue, without noise.
std::vector<TissueSample> tissues(double energy_kev, double water_hu = 0.0) {
  std::vector<TissueSample> all;
  for (const Material tissue : kTissues) {
    const double hu = hounsfield(tissue, density_g_cm3(tissue), energy_kev);
    all.push_back({tissue, (1.0 + water_hu / 1000.0) * (hu + 1000.0) - 1000.0, 0.0, 1000});
  }
  return all;
}

/// Mineral of `mg_cm3` in a base that it displaces: attenuations add up by mass.
double mixture_hu(Material base, Material mineral, double mg_cm3, double volume_cm3_g, double energy_kev) {
  const double g_cm3 = mg_cm3 / 1000.0;
  const double mu =
      g_cm3 * mass_attenuation_cm2_g(mineral, energy_kev) +
      (1.0 - volume_cm3_g * g_cm3) * density_g_cm3(base) * mass_attenuation_cm2_g(base, energy_kev);
  return 1000.0 * (mu / mass_attenuation_cm2_g(Material::kWater, energy_kev) - 1.0);
}

// NIST, tables 3 and 4 of the X-ray mass attenuation coefficients.
TEST(MassAttenuation, IsThePublishedAtTheirEnergies) {
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kWater, 60), 0.2059, 1e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kWater, 80), 0.1837, 1e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kCorticalBone, 40), 0.6655, 1e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kCorticalBone, 100), 0.1855, 1e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kFat, 150), 0.1500, 1e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kMuscle, 50), 0.2262, 2e-4);
  EXPECT_THROW(mass_attenuation_cm2_g(Material::kWater, 20), Error);
  EXPECT_THROW(mass_attenuation_cm2_g(Material::kWater, std::numeric_limits<double>::quiet_NaN()), Error);
}

// Cortical bone at 67.5 and 72.5 keV as the same program computes it that made the table; straight lines
// between 60 and 80 keV would be 3 % too high.
TEST(MassAttenuation, IsInterpolatedInLogarithms) {
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kCorticalBone, 67.5), 0.2687, 5e-4);
  EXPECT_NEAR(mass_attenuation_cm2_g(Material::kCorticalBone, 72.5), 0.2470, 5e-4);
}

TEST(InternalCalibration, ReturnsTheEnergyOfTheScene) {
  for (double energy = 60.0; energy <= 90.0; energy += 3.7)
    for (const double water_hu : {-8.0, 0.0, 5.0}) {
      const auto result = InternalCalibration()(tissues(energy, water_hu));
      ASSERT_TRUE(result.line) << result.refusal;
      EXPECT_NEAR(result.energy_kev, energy, 1.0) << water_hu;
      EXPECT_NEAR(result.water_hu, water_hu, 1.96 * result.water_se_hu) << energy;  // drawn toward 0
      EXPECT_LT(result.water_se_hu, 6.0);
    }
}

TEST(InternalCalibration, GivesTheMineralInWhatItLiesIn) {
  struct Case {
    InternalCalibration::Base base;
    Material in;
    Mineral mineral;
    Material of;
    double volume_cm3_g;
  };
  const std::array<Case, 4> cases{
      {{InternalCalibration::Base::kWater, Material::kWater, Mineral::kK2HPO4, Material::kK2HPO4, 0.2174},
       {InternalCalibration::Base::kFat, Material::kFat, Mineral::kK2HPO4, Material::kK2HPO4, 1 / 2.44},
       {InternalCalibration::Base::kFat, Material::kFat, Mineral::kHA, Material::kHA, 1 / 3.16},
       {InternalCalibration::Base::kMuscle, Material::kMuscle, Mineral::kHA, Material::kHA, 1 / 3.16}}};
  for (const Case& c : cases)
    for (const double energy : {60.0, 70.0, 80.0, 90.0}) {
      const auto result = InternalCalibration({.mineral = c.mineral, .base = c.base})(tissues(energy));
      ASSERT_TRUE(result.line) << result.refusal;
      EXPECT_EQ(result.line->mineral, c.mineral);
      for (const double mg : {0.0, 100.0, 300.0})
        EXPECT_NEAR(result.line->density_mg_cm3(mixture_hu(c.in, c.of, mg, c.volume_cm3_g, energy)), mg, 1.0)
            << energy << " keV";
    }
}

TEST(InternalCalibration, SlopeIsThatOfAPhantomAtTheSameEnergy) {
  const auto result = InternalCalibration()(tissues(75.0));
  ASSERT_TRUE(result.line);
  EXPECT_NEAR(result.line->sigma_hu, 0.2730 / 0.1879 - 0.2174, 1e-3);
  EXPECT_NEAR(result.line->beta_hu, 0.0, 0.1);
}

TEST(InternalCalibration, StatesWhatTheSpreadOfTissuesDoesToADensity) {
  const auto sure = InternalCalibration()(tissues(70.0));
  ASSERT_TRUE(sure.line);
  const double hu = sure.line->beta_hu + 150.0 * sure.line->sigma_hu, se = sure.line->density_se_mg_cm3(hu);
  EXPECT_GT(se, 3.0);
  EXPECT_LT(se, 30.0);
  auto other = tissues(70.0);
  other[4].hu -= 120.0;  // one SD of what cortical bone varies
  const auto shifted = InternalCalibration()(other);
  ASSERT_TRUE(shifted.line) << shifted.refusal;
  EXPECT_GT(std::fabs(shifted.line->density_mg_cm3(hu) - 150.0), 2.0);
  EXPECT_LT(std::fabs(shifted.line->density_mg_cm3(hu) - 150.0), 1.5 * se);
  auto boneless = tissues(70.0);
  boneless.pop_back();
  const auto open = InternalCalibration({.max_energy_se_kev = 50.0})(boneless);
  ASSERT_TRUE(open.line) << open.refusal;
  EXPECT_GT(open.line->density_se_mg_cm3(hu), 1.5 * se);
}

TEST(InternalCalibration, ImplausibleTissuesAreRefusedByName) {
  const auto with = [](std::size_t n, double hu) {
    auto samples = tissues(70.0);
    samples[n].hu = hu;
    return InternalCalibration()(samples);
  };
  EXPECT_THAT(with(0, -900).refusal, HasSubstr("air reads -900 HU"));
  EXPECT_THAT(with(1, -20).refusal, HasSubstr("fat reads -20 HU"));
  EXPECT_THAT(with(2, 180).refusal, HasSubstr("contrast medium"));
  EXPECT_THAT(with(3, -10).refusal, HasSubstr("muscle"));
  EXPECT_THAT(with(4, 500).refusal, HasSubstr("cortical bone"));
  auto two = tissues(70.0);
  two.resize(2);
  EXPECT_THAT(InternalCalibration()(two).refusal, HasSubstr("2 tissues; three are needed"));
  auto shifted = tissues(70.0);
  for (auto& sample : shifted) sample.hu += sample.tissue == Material::kAir ? 40 : 0;
  EXPECT_FALSE(InternalCalibration()(shifted).line);
}

TEST(InternalCalibration, AnEnergyKnownFromElsewhereNarrowsTheError) {
  auto boneless = tissues(70.0);
  boneless.pop_back();
  const InternalCalibration alone({.max_energy_se_kev = 50.0});
  const InternalCalibration told({.expected_kev = 66.0, .expected_sd_kev = 4.0});
  const auto a = alone(boneless), b = told(boneless);
  ASSERT_TRUE(a.line && b.line);
  EXPECT_LT(b.energy_se_kev, 4.0);
  EXPECT_LT(b.energy_se_kev, 0.5 * a.energy_se_kev);
  EXPECT_GT(b.energy_kev, 66.0);
  EXPECT_LT(b.energy_kev, 70.0);
}

TEST(InternalCalibration, WrongInputIsAnError) {
  auto twice = tissues(70.0);
  twice.push_back(twice.back());
  EXPECT_THROW(InternalCalibration()(twice), Error);
  auto water = tissues(70.0);
  water[0].tissue = Material::kWater;
  EXPECT_THROW(InternalCalibration()(water), Error);
  auto nan = tissues(70.0);
  nan[1].hu = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(InternalCalibration()(nan), Error);
  EXPECT_THROW(InternalCalibration({.max_misfit = 0.0}), Error);
}

TEST(SampleTissues, FindsAirFatAndMuscleOfABody) {
  CtPhantom::Params params;
  params.slices = 8;
  params.noise_sd_hu = 20.0;
  params.pad.emplace();
  params.pad->phantom = known_phantoms().front();
  Context context;
  const auto drawn = CtPhantom(params)(context);
  auto vessel = Mask::New();
  vessel->CopyInformation(drawn.scan);
  vessel->SetRegions(drawn.scan->GetLargestPossibleRegion());
  vessel->Allocate(true);
  Volume::PointType p;
  itk::ImageRegion<3> region = vessel->GetLargestPossibleRegion();
  for (std::size_t n = 0; n < region.GetNumberOfPixels(); ++n) {
    const auto index = vessel->ComputeIndex(static_cast<itk::OffsetValueType>(n));
    vessel->TransformIndexToPhysicalPoint(index, p);
    if (std::hypot(p[0] - 16.0, p[1] + 8.0) < 8.0) vessel->SetPixel(index, 1);  // the aorta
  }
  const auto samples = sample_tissues(*drawn.scan, vessel);
  const auto of = [&](Material tissue) {
    for (const auto& sample : samples)
      if (sample.tissue == tissue) return sample.hu;
    return std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_NEAR(of(Material::kAir), -1000.0, 6.0);
  EXPECT_NEAR(of(Material::kFat), -100.0, 3.0);
  EXPECT_NEAR(of(Material::kMuscle), 50.0, 4.0);
  EXPECT_NEAR(of(Material::kBlood), 42.0, 3.0);
}

}  // namespace
}  // namespace ledd
