#include "ledd/paraspinal_muscle/paraspinal_muscle.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/muscles.h"
#include "ledd/report/report.h"

#include "true_spine.h"

namespace ledd {
namespace {

using phantom::Contrast;
using Kind = ParaspinalMuscle::Kind;
using PhantomLevel = phantom::Level;
using testing::axial_params;
using testing::drawn;
using testing::muscle_of;
using testing::true_spine;

constexpr std::array<std::uint16_t, 2> kMF{anatomy::kMultifidusR, anatomy::kMultifidusL};
constexpr std::array<std::uint16_t, 2> kES{anatomy::kErectorSpinaeR, anatomy::kErectorSpinaeL};
constexpr std::array<std::uint16_t, 2> kPS{anatomy::kPsoasR, anatomy::kPsoasL};

/// Draws the outlines for people, where LEDD_PICTURES names a folder.
void picture(const std::string& name, const ParaspinalMuscle::Level& level, const Volume& image) {
  const char* folder = std::getenv("LEDD_PICTURES");
  if (folder == nullptr) return;
  Figure figure;
  figure.axis = level.axis;
  figure.slice = level.slice;
  figure.labels = false;
  figure.lines = report_lines(level);
  std::ofstream(std::string(folder) + "/" + name + ".png", std::ios::binary)
      << report::render_png(figure, image, nullptr);
}

struct Seen {
  ParaspinalMuscle::Level level;
  phantom::SliceTruth truth;
};

const ParaspinalMuscle::Level& level_of(const ParaspinalMuscle::Result& result, const std::string& region) {
  for (const auto& level : result.levels)
    if (level.region == region) return level;
  throw Error(Errc::kInternal, "no level " + region);
}

std::string region_of(PhantomLevel level) {
  switch (level) {
    case PhantomLevel::kL3: return "L3/L4";
    case PhantomLevel::kL4: return "L4/L5";
    default: return "L5/S1";
  }
}

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

/// Every muscle parts and lies near to its truth.
void expect_near(const std::string& name, const Seen& seen, Kind kind, double csa_part, double fat_points) {
  tell(name, seen, kind);
  for (std::size_t side = 0; side < 2; ++side)
    for (const auto& [muscle, id] : {std::pair{ParaspinalMuscle::kMultifidus, kMF[side]},
                                     std::pair{ParaspinalMuscle::kErectorSpinae, kES[side]},
                                     std::pair{ParaspinalMuscle::kPsoas, kPS[side]}}) {
      const auto& one = seen.level.muscles[muscle][side];
      const auto& truth = muscle_of(seen.truth, id);
      ASSERT_TRUE(one.csa_mm2) << name << " " << id << ": " << one.reason;
      EXPECT_NEAR(*one.csa_mm2, truth.csa_mm2, csa_part * truth.csa_mm2) << name << " " << id;
      const double fat = kind == Kind::kWaterFat ? truth.fat_fraction_percent : truth.fat_percent;
      EXPECT_NEAR(*one.fat_percent, fat, fat_points) << name << " " << id;
      EXPECT_NEAR(*one.lean_mm2, *one.csa_mm2 * (1 - 0.01 * *one.fat_percent), 1e-6);
    }
}

class ParaspinalMuscleAt : public ::testing::TestWithParam<PhantomLevel> {};

TEST_P(ParaspinalMuscleAt, AWaterFatPairGivesAreaAndFatFractionOfEachMuscle) {
  auto params = axial_params(GetParam(), Contrast::kWater);
  params.muscle.left_size = 0.85;
  const auto seen = measured_on(params, Kind::kWaterFat, "dixon-" + region_of(GetParam()).substr(0, 2));
  expect_near("dixon " + region_of(GetParam()), seen, Kind::kWaterFat, 0.12, 4.0);
}

TEST_P(ParaspinalMuscleAt, AT2GivesAreaAndFatShareOfEachMuscle) {
  const auto seen = measured_on(
      axial_params(GetParam(), Contrast::kT2), Kind::kT2, "t2-" + region_of(GetParam()).substr(0, 2));
  expect_near("T2 " + region_of(GetParam()), seen, Kind::kT2, 0.12, 5.0);
}

INSTANTIATE_TEST_SUITE_P(Levels,
                         ParaspinalMuscleAt,
                         ::testing::Values(PhantomLevel::kL3, PhantomLevel::kL4, PhantomLevel::kL5),
                         [](const auto& level) { return region_of(level.param).substr(0, 2); });

}  // namespace
}  // namespace ledd
