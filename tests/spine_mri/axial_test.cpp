#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/muscles.h"
#include "ledd/files/files.h"
#include "ledd/spine_mri/spine_mri.h"

#include "true_spine.h"

namespace ledd {
namespace {

using phantom::Contrast;
using testing::axial_params;
using ::testing::Contains;
using testing::drawn;
using ::testing::HasSubstr;
using testing::muscle_of;
using PhantomLevel = phantom::Level;

const Measurement* find(const Outcome& outcome, const std::string& side, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.region == "L4/L5" && m.side == side && m.endpoint == endpoint) return &m;
  return nullptr;
}

MrWeighting weighting(MrContrast contrast) {
  MrWeighting w;
  w.contrast = contrast;
  w.fat_suppressed = contrast == MrContrast::kWater;
  w.probability = 0.95;
  return w;
}

/// Labels and scan of a sagittal T2, with axial series of the same person.
struct Study {
  Study() {
    phantom::Params params;
    params.muscle.drawn = true;
    sagittal = drawn(params);
  }
  void add(Contrast contrast, MrContrast shown, const char* name) {
    axial.push_back(drawn(axial_params(PhantomLevel::kL4, contrast)));
    study.axial.push_back({axial.back().image, weighting(shown), name});
  }
  Outcome measured() {
    static const SpineMri pipeline(
        {}, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"));
    study.scan = {sagittal.image, weighting(MrContrast::kT2), "the scan"};
    Context context;
    return pipeline.measure(*sagittal.labels, study, context).outcome;
  }
  LumbarPhantom::Result sagittal;
  std::vector<LumbarPhantom::Result> axial;
  SpineStudy study;
};

TEST(SpineMriAxial, AxialSeriesOfTheStudyGiveCanalAndMusclesWithTheirFigures) {
  Study study;
  study.add(Contrast::kT2, MrContrast::kT2, "T2 AX");
  study.add(Contrast::kWater, MrContrast::kWater, "DIXON W");
  study.add(Contrast::kFat, MrContrast::kFat, "DIXON F");
  const Outcome outcome = study.measured();
  const auto& truth = study.axial[0].truth.slices.at(0);
  const auto* csa = find(outcome, "", "canal_CSA_axial");
  ASSERT_NE(csa, nullptr);
  ASSERT_TRUE(csa->value) << csa->reason;
  EXPECT_NEAR(*csa->value, truth.sac_csa_mm2, 0.12 * truth.sac_csa_mm2);
  const auto* fat = find(outcome, "L", "MF_FF");
  ASSERT_NE(fat, nullptr);
  ASSERT_TRUE(fat->value) << fat->reason;
  EXPECT_NEAR(*fat->value, muscle_of(truth, anatomy::kMultifidusL).fat_fraction_percent, 5.0);
  for (const char* name : {"axial-canal-l4-l5", "axial-muscles-l4-l5"}) {
    EXPECT_TRUE(outcome.figure_images.contains(name)) << name;
    EXPECT_EQ(
        std::count_if(
            outcome.figures.begin(), outcome.figures.end(), [&](const Figure& f) { return f.name == name; }),
        1)
        << name;
  }
  EXPECT_EQ(outcome.figure_images.at("axial-canal-l4-l5").GetPointer(), study.axial[0].image.GetPointer());
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("digital phantoms only")));
  // Every row has its definition.
  for (const auto& m : outcome.measurements)
    EXPECT_TRUE(std::any_of(SpineMri::definitions().begin(),
                            SpineMri::definitions().end(),
                            [&](const auto& d) { return d.key == m.endpoint; }))
        << m.endpoint;
}

TEST(SpineMriAxial, ASeriesThatCannotBeUsedIsNamed) {
  Study study;
  study.add(Contrast::kWater, MrContrast::kWater, "DIXON W");
  study.add(Contrast::kStir, MrContrast::kStir, "STIR AX");
  const Outcome outcome = study.measured();
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("DIXON W is not used: there is no fat image on its grid")));
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("STIR AX is not used")));
  EXPECT_EQ(find(outcome, "L", "MF_FF"), nullptr);
}

}  // namespace
}  // namespace ledd
