#include "ledd/bone_hrpqct/bone_change.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "ledd/bone_hrpqct/bone_hrpqct.h"
#include "ledd/core/error.h"
#include "ledd/xct_phantom/xct_phantom.h"

namespace ledd {
namespace {

using phantom::XctPhantom;
using testing::AllOf;
using testing::HasSubstr;

XctPhantom bone() {
  XctPhantom p;
  p.radius_mm = 3.4;
  p.straight_mm = 2.0;
  p.cortex_mm = 0.7;
  p.slices = 48;
  p.taper = 0.08;
  p.warp_mm = 0.35;
  p.margin_mm = 1.2;
  p.voxel_mm = 0.082;
  return p;
}

XctPhantom repositioned(XctPhantom p) {
  p.turn_x_deg = 1.0;
  p.turn_y_deg = -1.5;
  p.turn_z_deg = 3.0;
  p.shift_x_mm = 0.11;
  p.shift_y_mm = -0.2;
  p.shift_z_mm = 0.87;  // 10.6 slices
  p.seed = 2;
  return p;
}

/// A visit as the pipeline leaves it in its case folder.
struct Visit {
  explicit Visit(const XctPhantom& p) {
    const auto drawn = phantom::draw(p);
    BoneHrpqct::Study study;
    study.scan = drawn.density_mg_per_cm3;
    study.density = DensityEquation{1.0, 0.0, "the test"};
    Context context;
    outcome = BoneHrpqct()(study, context).outcome;
    density = outcome.maps.at("density");
    for (std::size_t n = 0; n < density->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
      if (float& value = density->GetBufferPointer()[n]; std::isnan(value)) value = 0.0F;  // as in the file
  }
  BoneVisit visit() const { return {density, outcome.labels}; }

  Outcome outcome;
  Volume::Pointer density;
};

const Visit& first() {
  static const Visit visit(bone());
  return visit;
}

double value(const Outcome& outcome, const std::string& endpoint, const std::string& statistic = "value") {
  for (const auto& m : outcome.measurements)
    if (m.endpoint == endpoint && m.statistic == statistic && m.value) return *m.value;
  ADD_FAILURE() << endpoint << " has no " << statistic;
  return 0.0;
}

std::string refusal(const Visit& a, const Visit& b, const BoneChange::Params& params = {}) {
  Context context;
  try {
    BoneChange{params}(a.visit(), b.visit(), context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "compared";
}

TEST(BoneChange, ABoneThatOnlyMovedHasNotChanged) {
  const Visit second(repositioned(bone()));
  Context context;
  const auto result = BoneChange()(first().visit(), second.visit(), context);
  const Outcome& outcome = result.outcome;
  EXPECT_NEAR(value(outcome, "Reg_Turn"), std::sqrt(1.0 + 2.25 + 9.0), 0.06);
  EXPECT_NEAR(value(outcome, "Tt_BMD_change_rel"), 0.0, 0.5);
  EXPECT_NEAR(value(outcome, "Tb_BMD_change"), 0.0, 1.5);
  EXPECT_NEAR(value(outcome, "Ct_BMD_change_rel"), 0.0, 0.5);
  EXPECT_NEAR(value(outcome, "Ct_Th_change_rel"), 0.0, 1.0);
  EXPECT_NEAR(value(outcome, "Tb_N_change_rel"), 0.0, 3.0);
  // without registration the taper alone changes areas; the common region's do not
  EXPECT_GT(std::fabs(value(second.outcome, "Tb_Ar") / value(first().outcome, "Tb_Ar") - 1.0), 0.02);
  EXPECT_NEAR(value(outcome, "Tb_Ar_change_rel"), 0.0, 0.5);
  EXPECT_GT(result.common_percent, 55.0);
  EXPECT_LT(result.common_percent, 80.0) << "10.6 of 48 slices, and the tilt";
  for (const auto& m : outcome.measurements) {
    const auto& all = BoneChange::definitions();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& d) { return d.key == m.endpoint; }))
        << m.endpoint;
  }
}

TEST(BoneChange, AThinnerCortexAndPoorerTrabeculaeShow) {
  auto p = repositioned(bone());
  p.cortex_mm = 0.62;
  p.trabecula_mg_per_cm3 = 720.0;
  const Visit second(p);
  Context context;
  const auto outcome = BoneChange()(first().visit(), second.visit(), context).outcome;
  EXPECT_NEAR(value(outcome, "Ct_Th_change"), -0.08, 0.02);
  EXPECT_LT(value(outcome, "Tb_BMD_change_rel"), -6.0);
  EXPECT_GT(value(outcome, "Tb_BMD_change_rel"), -12.0);
  EXPECT_NEAR(value(outcome, "Ct_Th_change"),
              value(outcome, "Ct_Th_change", "followup") - value(outcome, "Ct_Th_change", "baseline"),
              1e-9);
}

TEST(BoneChange, TheSameScanTwiceIsComparedAsItStands) {
  Context context;
  const auto result = BoneChange()(first().visit(), first().visit(), context);
  EXPECT_EQ(result.common_percent, 100.0);
  for (const auto& m : result.outcome.measurements) {
    if (m.endpoint.ends_with("_change") && m.statistic == "value" && m.value) {
      EXPECT_EQ(*m.value, 0.0) << m.endpoint;
    }
  }
  // in a region that is the whole bone the values are those of the case
  for (const char* key : {"Tb_BMD", "Ct_Th", "Tb_Th", "Tb_Sp", "BV_TV", "Ct_Ar"}) {
    const double own = [&] {
      for (const auto& m : first().outcome.measurements)
        if (m.endpoint == key && (m.statistic == "value" || m.statistic == "mean") && m.value)
          return *m.value;
      return 0.0;
    }();
    EXPECT_NEAR(value(result.outcome, std::string(key) + "_change", "baseline") / own, 1.0, 0.002) << key;
  }
}

TEST(BoneChange, AnotherBoneOrAnotherSiteIsRefused) {
  auto p = bone();
  p.tilt_rad = 0.9;
  p.warp_mm = 0.6;
  p.seed = 3;
  EXPECT_THAT(refusal(first(), Visit(p)), HasSubstr("correlate by"));
  auto coarse = bone();
  coarse.voxel_mm = 0.0607;
  coarse.slices = 20;
  EXPECT_THAT(refusal(first(), Visit(coarse)), HasSubstr("only scans of the same voxels"));
}

TEST(BoneChange, ACommonRegionThatIsTooSmallIsRefused) {
  const Visit second(repositioned(bone()));
  BoneChange::Params params;
  params.min_common_percent = 90.0;
  EXPECT_THAT(refusal(first(), second, params),
              AllOf(HasSubstr("common region"), HasSubstr("of the baseline's bone (at least 90 %)")));
}

TEST(BoneChange, WithoutTrabeculaeEveryChangeIsUncertain) {
  auto p = bone();
  p.lattice = XctPhantom::Lattice::kNone;
  p.slices = 24;
  const Visit a(p);
  p.seed = 2;
  const Visit b(p);
  Context context;
  const auto outcome = BoneChange()(a.visit(), b.visit(), context).outcome;
  for (const auto& m : outcome.measurements) {
    EXPECT_NE(m.quality, Quality::kGood) << m.endpoint;
    if (m.endpoint == "Ct_Th_change") {
      EXPECT_THAT(m.reason, HasSubstr("no trabeculae to register by"));
    }
  }
}

}  // namespace
}  // namespace ledd
