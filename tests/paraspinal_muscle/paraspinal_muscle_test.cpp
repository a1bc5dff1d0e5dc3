#include "ledd/paraspinal_muscle/paraspinal_muscle.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/muscles.h"

#include "axial_level.h"
#include "true_spine.h"

namespace ledd {
namespace {

using phantom::Contrast;
using Kind = ParaspinalMuscle::Kind;
using PhantomLevel = phantom::Level;
using testing::axial_params;
using testing::drawn;
using testing::level_of;
using testing::muscle_of;
using testing::picture;
using testing::region_of;
using testing::true_spine;

constexpr std::array<std::uint16_t, 2> kMF{anatomy::kMultifidusR, anatomy::kMultifidusL};
constexpr std::array<std::uint16_t, 2> kES{anatomy::kErectorSpinaeR, anatomy::kErectorSpinaeL};
constexpr std::array<std::uint16_t, 2> kPS{anatomy::kPsoasR, anatomy::kPsoasL};

struct Seen {
  ParaspinalMuscle::Level level;
  phantom::SliceTruth truth;
};

Seen measured_on(phantom::Params params, Kind kind, const std::string& name) {
  Context context;
  params.scan.contrast = kind == Kind::kT1   ? Contrast::kT1
                         : kind == Kind::kT2 ? Contrast::kT2
                                             : Contrast::kWater;
  const auto image = drawn(params);
  ParaspinalMuscle::Source source{kind, image.image, nullptr};
  LumbarPhantom::Result fat;
  if (kind == Kind::kWaterFat) {
    params.scan.contrast = Contrast::kFat;
    fat = drawn(params);
    source.fat = fat.image;
  }
  const auto result = ParaspinalMuscle()({source}, true_spine(image.truth), context);
  const auto& level = level_of(result, region_of(params.stack.through));
  picture(name, level, *image.image);
  return {level, image.truth.slices.at(0)};
}

/// One row of the table of docs/paraspinal-muscle.md.
void tell(const std::string& name, const Seen& seen, Kind kind) {
  struct Row {
    const char* key;
    ParaspinalMuscle::Muscle muscle;
    const std::array<std::uint16_t, 2>* ids;
  };
  for (const Row& row : {Row{"MF", ParaspinalMuscle::kMultifidus, &kMF},
                         Row{"ES", ParaspinalMuscle::kErectorSpinae, &kES},
                         Row{"PS", ParaspinalMuscle::kPsoas, &kPS}})
    for (std::size_t side = 0; side < 2; ++side) {
      const auto& one = seen.level.muscles[row.muscle][side];
      const auto& truth = muscle_of(seen.truth, (*row.ids)[side]);
      const double fat = kind == Kind::kWaterFat ? truth.fat_fraction_percent : truth.fat_percent;
      fmt::print(
          "{:<14} {} {}  CSA {:7.1f} of {:7.1f} mm2 (se {:5.1f})  fat {:5.1f} of {:5.1f} % (se {:4.1f})  "
          "{}\n",
          name,
          row.key,
          side == 0 ? 'R' : 'L',
          one.csa_mm2.value_or(NAN),
          truth.csa_mm2,
          one.csa_se_mm2,
          one.fat_percent.value_or(NAN),
          fat,
          one.fat_se_percent,
          one.reason);
    }
}

/// Errors over many muscles.
struct Errors {
  double csa = 0, fat = 0, csa_z = 0, fat_z = 0, n = 0, good = 0;
  double rms(double sum) const { return std::sqrt(sum / n); }
};

/// Every muscle parts from its neighbours and lies near to its truth.
void expect_near(const std::string& name, const Seen& seen, Kind kind, Errors& errors) {
  constexpr double kMost = 3.5;  // standard errors of a value that is not called uncertain
  tell(name, seen, kind);
  for (std::size_t side = 0; side < 2; ++side)
    for (const auto& [muscle, id] : {std::pair{ParaspinalMuscle::kMultifidus, kMF[side]},
                                     std::pair{ParaspinalMuscle::kErectorSpinae, kES[side]},
                                     std::pair{ParaspinalMuscle::kPsoas, kPS[side]}}) {
      const auto& one = seen.level.muscles[muscle][side];
      const auto& truth = muscle_of(seen.truth, id);
      ASSERT_TRUE(one.csa_mm2) << name << " " << id << ": " << one.reason;
      const double fat = kind == Kind::kWaterFat ? truth.fat_fraction_percent : truth.fat_percent;
      const double csa_error = *one.csa_mm2 - truth.csa_mm2, fat_error = *one.fat_percent - fat;
      if (one.quality == Quality::kGood) {
        EXPECT_NEAR(csa_error, 0.0, kMost * one.csa_se_mm2) << name << " " << id;
        EXPECT_NEAR(fat_error, 0.0, kMost * one.fat_se_percent) << name << " " << id;
        errors.good += 1;
      }
      EXPECT_NEAR(*one.lean_mm2, *one.csa_mm2 * (1 - 0.01 * *one.fat_percent), 1e-6);
      errors.csa += std::pow(100 * csa_error / truth.csa_mm2, 2);
      errors.fat += fat_error * fat_error;
      errors.csa_z += std::pow(csa_error / one.csa_se_mm2, 2);
      errors.fat_z += std::pow(fat_error / one.fat_se_percent, 2);
      errors.n += 1;
    }
}

/// The method's constants were chosen on people 1 to 3; 4 to 6 were never looked at for that.
class ParaspinalMuscleOn : public ::testing::TestWithParam<std::tuple<Kind, int>> {};

TEST_P(ParaspinalMuscleOn, AreaAndFatOfEachMuscleAreThoseThatWereDrawn) {
  const auto [kind, first] = GetParam();
  const std::string name = kind == Kind::kWaterFat ? "dixon" : kind == Kind::kT2 ? "T2" : "T1";
  Errors errors;
  for (const auto through : {PhantomLevel::kL3, PhantomLevel::kL4, PhantomLevel::kL5})
    for (const int seed : {first, first + 1, first + 2}) {
      auto params = axial_params(through, Contrast::kT2);
      params.spine.seed = seed;
      if (seed == first + 1) params.muscle.left_size = 0.85;
      if (seed == first + 2) params.scan.bias_strength = 0.9;
      const std::string what = fmt::format("{} {} {}", name, region_of(through).substr(0, 2), seed);
      expect_near(what, measured_on(params, kind, what), kind, errors);
    }
  fmt::print(
      "{}: RMS error of CSA {:.1f} %, of fat {:.1f} points; over standard error {:.2f} and {:.2f}, {} "
      "muscles, {} of them good\n",
      name,
      errors.rms(errors.csa),
      errors.rms(errors.fat),
      errors.rms(errors.csa_z),
      errors.rms(errors.fat_z),
      errors.n,
      errors.good);
  // The accuracy that docs/paraspinal-muscle.md states, on people the constants were not chosen on too.
  EXPECT_GE(errors.good, (first == 1 ? 0.9 : 0.85) * errors.n);
  EXPECT_LT(errors.rms(errors.csa), kind == Kind::kWaterFat && first == 1 ? 7.5 : 11.0);
  EXPECT_LT(errors.rms(errors.fat), kind == Kind::kWaterFat ? 3.0 : 4.5);
  // The standard error is of the size of the error.
  EXPECT_LT(errors.rms(errors.csa_z), 1.6);
  EXPECT_LT(errors.rms(errors.fat_z), 1.6);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         ParaspinalMuscleOn,
                         ::testing::Combine(::testing::Values(Kind::kWaterFat, Kind::kT2, Kind::kT1),
                                            ::testing::Values(1, 4)),
                         [](const auto& given) {
                           const Kind kind = std::get<0>(given.param);
                           const char* name = kind == Kind::kWaterFat ? "WaterFat"
                                              : kind == Kind::kT2     ? "T2"
                                                                      : "T1";
                           return fmt::format("{}From{}", name, std::get<1>(given.param));
                         });

const Measurement* find(const std::vector<Measurement>& all,
                        const std::string& side,
                        const std::string& endpoint) {
  for (const auto& m : all)
    if (m.region == "L4/L5" && m.side == side && m.endpoint == endpoint && m.statistic != "se") return &m;
  return nullptr;
}

TEST(ParaspinalMuscle, TheSmallerSideIsTheOneThatIsSmallerInThePatient) {
  auto params = axial_params(PhantomLevel::kL4, Contrast::kT2);
  params.muscle.left_size = 0.8;
  Context context;
  const auto image = drawn(params);
  const auto spine = true_spine(image.truth);
  const auto result = ParaspinalMuscle()({{Kind::kT2, image.image, nullptr}}, spine, context);
  const auto rows = measurements(result);
  ASSERT_NE(find(rows, "L", "MFES_CSA"), nullptr);
  EXPECT_LT(*find(rows, "L", "MFES_CSA")->value, *find(rows, "R", "MFES_CSA")->value);
  const auto& truth = image.truth.slices.at(0);
  const double right = muscle_of(truth, kMF[0]).csa_mm2 + muscle_of(truth, kES[0]).csa_mm2;
  const double left = muscle_of(truth, kMF[1]).csa_mm2 + muscle_of(truth, kES[1]).csa_mm2;
  EXPECT_NEAR(*find(rows, "", "MFES_CSA_asymmetry")->value, 100 * (right - left) / right, 6.0);

  // The same voxels stored the other way round are the same patient.
  const auto turned = reorient(*image.image, {Toward::kAnterior, Toward::kRight, Toward::kInferior});
  const auto again = measurements(ParaspinalMuscle()({{Kind::kT2, turned, nullptr}}, spine, context));
  ASSERT_EQ(again.size(), rows.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    EXPECT_EQ(again[n].endpoint, rows[n].endpoint);
    ASSERT_EQ(again[n].value.has_value(), rows[n].value.has_value()) << rows[n].endpoint;
    if (rows[n].value) {
      EXPECT_NEAR(*again[n].value, *rows[n].value, 0.02 * std::fabs(*rows[n].value) + 0.1);
    }
  }
}

TEST(ParaspinalMuscle, WithoutASeptumOnlyBothMusclesTogetherAreMeasured) {
  auto params = axial_params(PhantomLevel::kL4, Contrast::kT2);
  params.muscle.septum_mm = 0;
  params.muscle.multifidus_fat_percent = params.muscle.erector_fat_percent = 4;
  const auto seen = measured_on(params, Kind::kT2, "no-septum");
  for (std::size_t side = 0; side < 2; ++side) {
    EXPECT_FALSE(seen.level.muscles[ParaspinalMuscle::kMultifidus][side].csa_mm2);
    EXPECT_THAT(seen.level.muscles[ParaspinalMuscle::kErectorSpinae][side].reason,
                ::testing::HasSubstr("no septum shows"));
    const auto& both = seen.level.muscles[ParaspinalMuscle::kBoth][side];
    const double truth = muscle_of(seen.truth, kMF[side]).csa_mm2 + muscle_of(seen.truth, kES[side]).csa_mm2;
    ASSERT_TRUE(both.csa_mm2) << both.reason;
    EXPECT_NEAR(*both.csa_mm2, truth, 0.10 * truth);
  }
}

TEST(ParaspinalMuscle, WhatTheImageCutsIsRefusedAndTheRestMeasured) {
  auto params = axial_params(PhantomLevel::kL4, Contrast::kT2);
  params.stack.columns = 150;  // 56 mm to either side
  const auto seen = measured_on(params, Kind::kT2, "narrow");
  EXPECT_TRUE(seen.level.reason.empty());
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& both = seen.level.muscles[ParaspinalMuscle::kBoth][side];
    EXPECT_FALSE(both.csa_mm2);
    EXPECT_THAT(both.reason, ::testing::HasSubstr("border of the image"));
    EXPECT_EQ(both.quality, Quality::kFailed);
  }
}

TEST(ParaspinalMuscle, ADiscWithoutASliceIsRefusedWithTheDistance) {
  Context context;
  const auto image = drawn(axial_params(PhantomLevel::kL4, Contrast::kT2));
  const auto result =
      ParaspinalMuscle()({{Kind::kT2, image.image, nullptr}}, true_spine(image.truth), context);
  ASSERT_EQ(result.levels.size(), 3U);  // L3/L4, L4/L5, L5/S1; none above
  EXPECT_THAT(result.levels[0].reason, ::testing::HasSubstr("no axial slice cuts this disc"));
  for (const auto& row : measurements(result))
    if (row.region == "L3/L4") {
      EXPECT_FALSE(row.value);
      EXPECT_EQ(row.quality, Quality::kFailed);
      EXPECT_FALSE(row.reason.empty());
    }
  EXPECT_TRUE(ParaspinalMuscle()({}, true_spine(image.truth), context).levels.empty());
}

TEST(ParaspinalMuscle, ASteepSliceIsUncertainAndMuchFatToo) {
  auto params = axial_params(PhantomLevel::kL4, Contrast::kT2);
  params.stack.tilt_deg = 24;  // about a point behind the disc: another slice cuts it
  params.stack.slices = 7;
  const auto seen = measured_on(params, Kind::kT2, "steep");
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& both = seen.level.muscles[ParaspinalMuscle::kBoth][side];
    ASSERT_TRUE(both.csa_mm2) << both.reason;
    EXPECT_EQ(both.quality, Quality::kUncertain);
    EXPECT_THAT(both.reason, ::testing::HasSubstr("tilted by 2"));
  }
}

TEST(ParaspinalMuscle, AWaterFatPairIsPreferredAndMustLieOnOneGrid) {
  Context context;
  const auto t2 = drawn(axial_params(PhantomLevel::kL4, Contrast::kT2));
  const auto water = drawn(axial_params(PhantomLevel::kL4, Contrast::kWater));
  const auto fat = drawn(axial_params(PhantomLevel::kL4, Contrast::kFat));
  const auto other = drawn(axial_params(PhantomLevel::kL5, Contrast::kFat));
  const auto spine = true_spine(t2.truth);
  const std::vector<ParaspinalMuscle::Source> both{{Kind::kT2, t2.image, nullptr},
                                                   {Kind::kWaterFat, water.image, fat.image}};
  const auto rows = measurements(ParaspinalMuscle()(both, spine, context));
  EXPECT_NE(find(rows, "R", "MFES_FF"), nullptr);
  EXPECT_EQ(find(rows, "R", "MFES_FI"), nullptr);
  EXPECT_THROW(ParaspinalMuscle()({{Kind::kWaterFat, water.image, other.image}}, spine, context), Error);
  EXPECT_THROW(ParaspinalMuscle()({{Kind::kWaterFat, water.image, nullptr}}, spine, context), Error);
}

TEST(ParaspinalMuscle, AnExchangedPairIsRefused) {
  Context context;
  const auto water = drawn(axial_params(PhantomLevel::kL4, Contrast::kWater));
  const auto fat = drawn(axial_params(PhantomLevel::kL4, Contrast::kFat));
  const auto result =
      ParaspinalMuscle()({{Kind::kWaterFat, fat.image, water.image}}, true_spine(water.truth), context);
  const auto& level = level_of(result, "L4/L5");
  EXPECT_THAT(level.reason, ::testing::HasSubstr("water and fat are exchanged"));
  for (const auto& sides : level.muscles)
    for (const auto& one : sides) EXPECT_FALSE(one.csa_mm2);
}

TEST(ParaspinalMuscle, ADiscWhoseEndplatesWereNotMeasuredIsNamed) {
  Context context;
  const auto image = drawn(axial_params(PhantomLevel::kL4, Contrast::kT2));
  auto spine = true_spine(image.truth);
  for (auto& body : spine.bodies)
    if (body.id == anatomy::kL1 + 3) body.quality = Quality::kFailed;
  const auto result = ParaspinalMuscle()({{Kind::kT2, image.image, nullptr}}, spine, context);
  EXPECT_THAT(level_of(result, "L4/L5").reason, ::testing::HasSubstr("endplates at L4/L5 were not measured"));
}

TEST(ParaspinalMuscle, ASliceThatDoesNotCutTheDiscAcrossIsRefused) {
  Context context;
  auto params = axial_params(PhantomLevel::kL4, Contrast::kT2);
  params.stack.tilt_deg = 50;
  params.stack.slices = 13;
  const auto image = drawn(params);
  const auto result =
      ParaspinalMuscle()({{Kind::kT2, image.image, nullptr}}, true_spine(image.truth), context);
  EXPECT_THAT(level_of(result, "L4/L5").reason, ::testing::HasSubstr("up to 45 cut it across"));
}

TEST(ParaspinalMuscle, FatMoreOrLessIsSeenAsSuch) {
  auto params = axial_params(PhantomLevel::kL4, Contrast::kWater);
  double before = -1;
  for (const double fat : {5.0, 20.0, 38.0}) {
    params.muscle.multifidus_fat_percent = fat;
    const auto seen = measured_on(params, Kind::kWaterFat, fmt::format("fat-{:.0f}", fat));
    tell(fmt::format("fat {:.0f} %", fat), seen, Kind::kWaterFat);
    const auto& one = seen.level.muscles[ParaspinalMuscle::kMultifidus][0];
    ASSERT_TRUE(one.fat_percent) << one.reason;
    EXPECT_NEAR(*one.fat_percent, muscle_of(seen.truth, kMF[0]).fat_fraction_percent, 5.0);
    EXPECT_GT(*one.fat_percent, before);
    before = *one.fat_percent;
  }
}

}  // namespace
}  // namespace ledd
