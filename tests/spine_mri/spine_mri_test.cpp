#include "ledd/spine_mri/spine_mri.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

const SpineMri& pipeline() {
  static const SpineMri instance(
      {}, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"));
  return instance;
}

LumbarPhantom::Result phantom_of(const LumbarPhantom::Params& params) {
  Context context({}, 2);
  return LumbarPhantom(params)(context);
}

std::set<std::uint16_t> ids_in(const Labels& labels) {
  const auto* begin = labels.GetBufferPointer();
  std::set<std::uint16_t> ids(begin, begin + labels.GetLargestPossibleRegion().GetNumberOfPixels());
  ids.erase(0);
  return ids;
}

double dice(const Labels& a, const Labels& b, std::uint16_t id) {
  double both = 0.0, sum = 0.0;
  for (std::size_t n = 0; n < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const bool in_a = a.GetBufferPointer()[n] == id, in_b = b.GetBufferPointer()[n] == id;
    both += in_a && in_b ? 2.0 : 0.0;
    sum += (in_a ? 1.0 : 0.0) + (in_b ? 1.0 : 0.0);
  }
  return sum > 0.0 ? both / sum : 0.0;
}

const Measurement* find(const Outcome& outcome, const std::string& region, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.region == region && m.endpoint == endpoint) return &m;
  return nullptr;
}

std::string refusal(const Volume& scan) {
  Context context;
  try {
    pipeline()(scan, context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput) << e.what();
    return e.what();
  }
  return "accepted";
}

/// Every contrast, straight and oblique. The network learned from phantoms of other seeds.
class SpineMriOnPhantom : public ::testing::TestWithParam<std::tuple<phantom::Contrast, double>> {};

TEST_P(SpineMriOnPhantom, FindsAndNamesEveryBodyWithItsHeights) {
  LumbarPhantom::Params params;
  params.scan.contrast = std::get<0>(GetParam());
  params.stack.turn_about_si_deg = std::get<1>(GetParam());
  const auto truth = phantom_of(params);
  Context context;
  const auto result = pipeline()(*truth.image, context);
  EXPECT_TRUE(result.levels_certain);
  for (const auto& body : truth.truth.bodies) {
    if (body.id < anatomy::kL1 || body.id > anatomy::kL5) continue;
    EXPECT_GT(dice(*truth.labels, *result.outcome.labels, body.id), 0.80) << body.name;
    // Truth counts the cortical shell, the readers the network learned from draw about its middle: 1 to 2 mm
    // less.
    const std::map<std::string, double> heights{{"Ha", body.ha_mm}, {"Hm", body.hm_mm}, {"Hp", body.hp_mm}};
    for (const auto& [endpoint, height_mm] : heights) {
      const auto* m = find(result.outcome, body.name, endpoint);
      ASSERT_NE(m, nullptr) << body.name << ' ' << endpoint;
      ASSERT_TRUE(m->value.has_value()) << m->reason;
      EXPECT_NEAR(*m->value, height_mm - 1.5, 2.5) << body.name << ' ' << endpoint;
    }
  }
  const auto* lordosis = find(result.outcome, "L1-S1", "LL_L1_S1");
  ASSERT_NE(lordosis, nullptr);
  ASSERT_TRUE(lordosis->value.has_value()) << lordosis->reason;
  EXPECT_NEAR(*lordosis->value, truth.truth.lordosis_l1_s1_deg, 5.0);
}

INSTANTIATE_TEST_SUITE_P(ContrastsAndTurns,
                         SpineMriOnPhantom,
                         ::testing::Values(std::tuple{phantom::Contrast::kT2, 0.0},
                                           std::tuple{phantom::Contrast::kT1, 12.0},
                                           std::tuple{phantom::Contrast::kStir, -8.0}));

TEST(SpineMri, LevelsAreNeverCertainWithoutASacrum) {
  LumbarPhantom::Params params;
  params.stack.offset_superior_mm = 105.0;
  const auto truth = phantom_of(params);
  ASSERT_FALSE(ids_in(*truth.labels).contains(anatomy::kS1));
  Context context;
  const auto result = pipeline()(*truth.image, context);
  EXPECT_FALSE(result.levels_certain);
  for (const auto& m : result.outcome.measurements)
    EXPECT_NE(m.quality, Quality::kGood) << m.region << ' ' << m.endpoint;
  EXPECT_THAT(result.outcome.notes, ::testing::Contains(HasSubstr("no sacrum in view")));
}

TEST(SpineMri, SameBytesForOneThreadAndTwo) {
  const auto scan = phantom_of({}).image;
  std::vector<Outcome> outcomes;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    Context context({}, static_cast<int>(threads));
    outcomes.push_back(pipeline()(*scan, context).outcome);
  }
  const std::size_t count = scan->GetLargestPossibleRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(outcomes[0].labels->GetBufferPointer(),
                         outcomes[0].labels->GetBufferPointer() + count,
                         outcomes[1].labels->GetBufferPointer()));
  ASSERT_EQ(outcomes[0].measurements.size(), outcomes[1].measurements.size());
  for (std::size_t n = 0; n < outcomes[0].measurements.size(); ++n)
    EXPECT_EQ(outcomes[0].measurements[n].value, outcomes[1].measurements[n].value);
}

TEST(SpineMri, MeasuresLabelsThatAreGiven) {
  const auto truth = phantom_of({});
  Context context;
  const auto result = pipeline().measure(*truth.labels, context);
  for (const auto& body : truth.truth.bodies) {
    if (body.id < anatomy::kL1 || body.id > anatomy::kL5) continue;
    const auto* m = find(result.outcome, body.name, "Hm");
    ASSERT_NE(m, nullptr) << body.name;
    EXPECT_NEAR(*m->value, body.hm_mm, 0.5 * 0.8) << body.name;  // half a pixel
  }
}

/// Of the labels of a spine whose bodies lie wholly in the stack.
SpineMri::Result measured_labels(LumbarPhantom::Params params, LumbarPhantom::Result& truth) {
  params.stack.columns = 128;
  params.stack.slices = 19;
  params.stack.offset_superior_mm = -5.0;
  truth = phantom_of(params);
  Context context;
  return pipeline().measure(*truth.labels, context);
}

std::set<std::string> names(const std::vector<Figure>& figures) {
  std::set<std::string> all;
  for (const auto& figure : figures) all.insert(figure.name);
  return all;
}

TEST(SpineMri, ALateralCurveIsMeasuredAndDrawnAndCastsDoubtOnAnglesAndSlips) {
  LumbarPhantom::Params params;
  params.spine.seed = 5;
  params.spine.scoliosis_deg = 16.0;
  LumbarPhantom::Result truth;
  const auto result = measured_labels(params, truth);
  const auto& outcome = result.outcome;
  ASSERT_TRUE(result.geometry.alignment.scoliosis);
  const auto cobb = std::find_if(outcome.measurements.begin(), outcome.measurements.end(), [](const auto& m) {
    return m.endpoint == "Cobb_main" && m.statistic == "value";
  });
  ASSERT_NE(cobb, outcome.measurements.end());
  ASSERT_TRUE(cobb->value) << cobb->reason;
  EXPECT_NEAR(*cobb->value, truth.truth.scoliosis_deg, 2.0);
  EXPECT_THAT(outcome.notes, ::testing::Contains(::testing::StartsWith("Scoliosis: Cobb angle")));
  EXPECT_TRUE(names(outcome.figures).contains("coronal"));
  const std::map<std::string, std::string> in_the_curve{{"LL_L1_S1", "L1-S1"},
                                                        {"SL", "L2-L3"},
                                                        {"disc_angle", "L2/L3"},
                                                        {"slip", "L2/L3"},
                                                        {"body_tilt", "L2"}};
  for (const auto& [endpoint, region] : in_the_curve) {
    const auto* m = find(outcome, region, endpoint);
    ASSERT_NE(m, nullptr) << endpoint;
    EXPECT_EQ(m->quality, Quality::kUncertain) << endpoint;
    EXPECT_THAT(m->reason, HasSubstr("scoliosis of")) << endpoint;
  }
  const auto* height = find(outcome, "L2", "Hm");  // in the body's own plane
  ASSERT_NE(height, nullptr);
  EXPECT_THAT(height->reason, ::testing::Not(HasSubstr("scoliosis")));
}

TEST(SpineMri, AStraightSpineHasItsSacralSlopeAndNoWordOfScoliosis) {
  LumbarPhantom::Params params;
  params.spine.seed = 5;
  LumbarPhantom::Result truth;
  const auto result = measured_labels(params, truth);
  EXPECT_FALSE(names(result.outcome.figures).contains("coronal"));
  EXPECT_TRUE(names(result.outcome.figures).contains("alignment"));
  EXPECT_THAT(result.outcome.notes, ::testing::Not(::testing::Contains(HasSubstr("coliosis"))));
  for (const auto& m : result.outcome.measurements)
    EXPECT_THAT(m.reason, ::testing::Not(HasSubstr("scoliosis")));
  const auto* slope = find(result.outcome, "S1", "SS");
  ASSERT_NE(slope, nullptr);
  ASSERT_TRUE(slope->value) << slope->reason;
  const auto s1 = std::find_if(truth.truth.bodies.begin(), truth.truth.bodies.end(), [](const auto& b) {
    return b.id == anatomy::kS1;
  });
  ASSERT_NE(s1, truth.truth.bodies.end());
  EXPECT_NEAR(*slope->value, -s1->superior_deg, 3.0);
  EXPECT_NE(find(result.outcome, "L5", "body_squareness"), nullptr);
}

TEST(SpineMri, ASlipIsMeasuredOnceWithItsGrade) {
  LumbarPhantom::Params params;
  params.spine.slip_level = phantom::Level::kL4;
  params.spine.slip_mm = 7.0;
  LumbarPhantom::Result truth;
  const auto result = measured_labels(params, truth);
  const auto slip = std::find_if(truth.truth.slips.begin(), truth.truth.slips.end(), [](const auto& s) {
    return s.id == anatomy::kL5 - 1;
  });
  ASSERT_NE(slip, truth.truth.slips.end());
  const auto* mm = find(result.outcome, "L4/L5", "slip");
  ASSERT_NE(mm, nullptr);
  ASSERT_TRUE(mm->value) << mm->reason;
  EXPECT_NEAR(*mm->value, slip->slip_mm, 0.8);  // a pixel
  const auto* grade = find(result.outcome, "L4/L5", "Meyerding");
  ASSERT_NE(grade, nullptr);
  EXPECT_EQ(grade->value, 1.0) << slip->slip_percent << " % " << grade->reason;
}

TEST(SpineMri, EveryMeasurementIsDefinedAndThereOnce) {
  LumbarPhantom::Result truth;
  const auto result = measured_labels({}, truth);
  std::set<std::string> defined;
  for (const auto& d : SpineMri::definitions()) EXPECT_TRUE(defined.insert(d.key).second) << d.key;
  std::set<std::string> seen;
  for (const auto& m : result.outcome.measurements) {
    EXPECT_TRUE(defined.contains(m.endpoint)) << m.endpoint;
    EXPECT_TRUE(seen.insert(m.region + ' ' + m.endpoint + ' ' + m.statistic).second)
        << m.region << ' ' << m.endpoint << ' ' << m.statistic;
  }
}

TEST(SpineMri, RefusesAnAxialStackAndASingleSlice) {
  LumbarPhantom::Params params;
  params.stack.slices = 2;
  EXPECT_THAT(refusal(*phantom_of(params).image), HasSubstr("2 sagittal slice(s); at least 5"));
  params.stack.slices = 9;
  const auto sagittal = phantom_of(params).image;
  auto direction = sagittal->GetDirection();
  for (unsigned row = 0; row < 3; ++row)
    std::swap(direction(row, 1), direction(row, 2));  // slices now run downwards
  sagittal->SetDirection(direction);
  EXPECT_THAT(refusal(*sagittal), HasSubstr("not a sagittal stack"));
}

TEST(SpineMri, RefusesWhatHoldsNoSpine) {
  auto ball = Volume::New();
  ball->SetRegions(Volume::SizeType{{200, 200, 9}});
  ball->SetSpacing(std::array<double, 3>{1.0, 1.0, 4.0}.data());
  Volume::DirectionType direction;
  direction.Fill(0.0);
  direction(1, 0) = 1.0;   // i posterior
  direction(2, 1) = -1.0;  // j inferior
  direction(0, 2) = -1.0;  // k right
  ball->SetDirection(direction);
  ball->Allocate(true);
  for (long k = 0; k < 9; ++k)
    for (long j = 0; j < 200; ++j)
      for (long i = 0; i < 200; ++i)
        if ((i - 100) * (i - 100) + (j - 100) * (j - 100) < 6400)
          ball->SetPixel({{i, j, k}}, 400.0F + static_cast<float>((i * 7 + j * 3) % 50));
  EXPECT_THAT(refusal(*ball),
              ::testing::AnyOf(HasSubstr("no vertebral body"), HasSubstr("does not look like a spine")));
}

TEST(SpineMri, RefusesLabelsWithoutAVertebraOrADisc) {
  const auto truth = phantom_of({});
  for (std::size_t n = 0; n < truth.labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (truth.labels->GetBufferPointer()[n] != anatomy::kCanal) truth.labels->GetBufferPointer()[n] = 0;
  Context context;
  EXPECT_THROW(pipeline().measure(*truth.labels, context), Error);
}

}  // namespace
}  // namespace ledd
