#include "ledd/bone_hrpqct/bone_hrpqct.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"
#include "ledd/smoothing/smoothing.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "phantom.h"

namespace ledd {
namespace {

using phantom::XctPhantom;

const phantom::XctTruth& truth() {
  static const phantom::XctTruth drawn = [] {
    XctPhantom p;
    p.radius_mm = 3.6;
    p.straight_mm = 2.0;
    p.slices = 16;
    return phantom::draw(p);
  }();
  return drawn;
}

/// The phantom in a scanner's numbers: density = 0.2 * number - 390.
Volume::Pointer native() {
  const auto& density = *truth().density_mg_per_cm3;
  auto scan = phantom::blank<Volume>({1, 1, 1}, {1, 1, 1}, 0.0F);
  scan->CopyInformation(&density);
  scan->SetRegions(density.GetLargestPossibleRegion());
  scan->Allocate();
  const std::size_t count = density.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    scan->GetBufferPointer()[n] = (density.GetBufferPointer()[n] + 390.0F) / 0.2F;
  return scan;
}

BoneHrpqct::Study study_of(const Volume& scan) {
  BoneHrpqct::Study study;
  study.scan = &scan;
  study.density = DensityEquation{0.2, -390.0, "the test"};
  return study;
}

double value(const Outcome& outcome, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.endpoint == endpoint && m.value) return *m.value;
  ADD_FAILURE() << endpoint << " has no value";
  return 0.0;
}

std::string refusal(const BoneHrpqct::Params& params, const BoneHrpqct::Study& study) {
  Context context;
  try {
    BoneHrpqct{params}(study, context);
  } catch (const Error& e) {
    return e.what();
  }
  return "measured";
}

TEST(BoneHrpqct, FindsTheAreasDensitiesAndThicknessOfThePhantom) {
  const auto scan = native();
  Context context;
  const auto outcome = BoneHrpqct()(study_of(*scan), context).outcome;
  EXPECT_NEAR(value(outcome, "Tt_Ar") / truth().tt_ar_mm2, 1.0, 0.012);
  EXPECT_NEAR(value(outcome, "Tb_Ar") / truth().tb_ar_mm2, 1.0, 0.025);
  EXPECT_NEAR(value(outcome, "Ct_Th"), 0.9, 0.0607) << "one voxel";
  EXPECT_NEAR(value(outcome, "Tb_BMD"), 800.0 * truth().bone_share, 12.0);
  EXPECT_NEAR(value(outcome, "Ct_BMD"), 950.0, 65.0) << "its surface is partly soft tissue";
  EXPECT_EQ(value(outcome, "Ct_Po"), 0.0);
  for (const auto& m : outcome.measurements) {
    const auto all = BoneHrpqct::definitions();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& d) { return d.key == m.endpoint; }))
        << m.endpoint;
  }
}

TEST(BoneHrpqct, GivenCompartmentsAreMeasuredAsTheyAre) {
  const auto scan = native();
  auto labels = phantom::blank<Labels>({1, 1, 1}, {1, 1, 1}, 0);
  labels->CopyInformation(scan);
  labels->SetRegions(scan->GetLargestPossibleRegion());
  labels->Allocate(true);
  const std::size_t count = scan->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    labels->GetBufferPointer()[n] =
        truth().trabecular->GetBufferPointer()[n] != 0   ? anatomy::kTrabecularCompartment
        : truth().periosteal->GetBufferPointer()[n] != 0 ? anatomy::kCorticalCompartment
                                                         : std::uint16_t{0};
  auto study = study_of(*scan);
  study.labels = labels;
  Context context;
  const auto outcome = BoneHrpqct()(study, context).outcome;
  EXPECT_NEAR(value(outcome, "Tt_Ar") / truth().tt_ar_mm2, 1.0, 0.003);
  EXPECT_NEAR(value(outcome, "Ct_Ar") / truth().ct_ar_mm2, 1.0, 0.005);
  EXPECT_NEAR(value(outcome, "Ct_Th"), 0.9, 0.03);
}

TEST(BoneHrpqct, APieceCutOutOfTheInsideIsMeasuredAsOneCompartment) {
  const auto scan = native();
  const auto size = scan->GetLargestPossibleRegion().GetSize();
  const long half = 20;
  auto piece = phantom::blank<Volume>({40, 40, 16}, {0.0607, 0.0607, 0.0607}, 0.0F);
  for (long z = 0; z < 16; ++z)
    for (long y = 0; y < 40; ++y)
      for (long x = 0; x < 40; ++x) {
        const Volume::IndexType from{
            x + static_cast<long>(size[0]) / 2 - half, y + static_cast<long>(size[1]) / 2 - half, z};
        piece->SetPixel({x, y, z}, scan->GetPixel(from));
      }
  BoneHrpqct::Params params;
  params.compartments_from = BoneHrpqct::CompartmentsFrom::kWhole;
  Context context;
  const auto outcome = BoneHrpqct(params)(study_of(*piece), context).outcome;
  const auto smooth = gaussian(*piece, 0.8 * 0.0607);
  double mean = 0.0, solid = 0.0;
  for (std::size_t n = 0; n < 40 * 40 * 16; ++n) {
    mean += (0.2 * static_cast<double>(piece->GetBufferPointer()[n]) - 390.0) / (40 * 40 * 16);
    solid += 0.2 * static_cast<double>(smooth->GetBufferPointer()[n]) - 390.0 > 320.0 ? 1.0 : 0.0;
  }
  EXPECT_NEAR(value(outcome, "BV_TV"), 100.0 * solid / (40 * 40 * 16), 0.02) << "of the whole image";
  EXPECT_NEAR(value(outcome, "Tb_BMD"), mean, 0.01);
  for (const auto& m : outcome.measurements) {
    if (m.region != "Tb" || m.endpoint == "Tb_Ar") {
      EXPECT_FALSE(m.value) << m.endpoint;
      EXPECT_THAT(m.reason, testing::HasSubstr("the whole image was taken"));
    }
  }
  auto study = study_of(*piece);
  const auto labels = phantom::blank<Labels>({40, 40, 16}, {0.0607, 0.0607, 0.0607}, 222);
  study.labels = labels;
  EXPECT_THAT(refusal(params, study), testing::HasSubstr("compartments_from=whole"));
}

TEST(BoneHrpqct, WithoutADensityEquationThereAreNoDensities) {
  const auto scan = native();
  auto study = study_of(*scan);
  study.density.reset();
  study.without_density = "the ISQ's header states none";
  EXPECT_THAT(refusal({}, study), testing::HasSubstr("the ISQ's header states none"));
  BoneHrpqct::Params params;
  params.density_from = BoneHrpqct::DensityFrom::kGiven;
  params.density_slope = 0.2;
  params.density_intercept = -390.0;
  EXPECT_EQ(refusal(params, study), "measured");
}

TEST(BoneHrpqct, NumbersThatAreNoDensitiesAreRefused) {
  const auto scan = native();
  auto study = study_of(*scan);
  study.density = DensityEquation{1.0, 0.0, "a wrong header"};
  EXPECT_THAT(refusal({}, study), testing::HasSubstr("no bone has"));
  study.density = DensityEquation{0.01, 0.0, "a wrong header"};
  EXPECT_THAT(refusal({}, study), testing::HasSubstr("nothing reaches"));
}

TEST(BoneHrpqct, CoarseVoxelsAndThoseThatAreNoCubesAreRefused) {
  const auto flat = phantom::blank<Volume>({20, 20, 20}, {0.06, 0.06, 0.12}, 3000.0F);
  EXPECT_THAT(refusal({}, study_of(*flat)), testing::HasSubstr("no cubes"));
  const auto coarse = phantom::blank<Volume>({20, 20, 20}, {0.5, 0.5, 0.5}, 3000.0F);
  EXPECT_THAT(refusal({}, study_of(*coarse)), testing::HasSubstr("show no trabeculae"));
}

}  // namespace
}  // namespace ledd
