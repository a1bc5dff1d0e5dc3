#include <gmock/gmock.h>

#include <cstdio>
#include <random>

#include "ledd/anatomy/anatomy.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_alignment/spine_alignment.h"

#include "curved_column.h"

namespace ledd {
namespace {

const solid::Body kBody{.ha_mm = 27.0, .hp_mm = 26.0, .sag_mm = 1.0, .elliptic = true};

AlignmentResult measure(const Labels& labels) {
  Context context;
  return SpineAlignment()(SpineMorphometry()(labels, context), labels, context);
}

/// Sum of squares of errors and of the errors that were promised.
struct Calibration {
  int n = 0, beyond_two = 0;
  double squares = 0.0, promised = 0.0, worst = 0.0;
  void add(double error, double se) {
    ++n;
    squares += error * error;
    promised += se * se;
    worst = std::max(worst, std::abs(error));
    if (std::abs(error) > 2.0 * se) ++beyond_two;
  }
  double rms() const { return std::sqrt(squares / n); }
  double se() const { return std::sqrt(promised / n); }
};

/// The error of an angle between two endplates without what readers add: a phantom has no reader.
double of_fit(double se_deg) {
  return std::sqrt(se_deg * se_deg - 2.0 * SpineAlignment::kReadingDeg * SpineAlignment::kReadingDeg);
}

struct GridCase {
  double pixel_mm, pitch_mm;
};

TEST(SpineAlignmentPhantom, CobbErrorsAreAsLargeAsPromised) {
  std::mt19937 random(20);
  const auto between = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() % 10000U) / 9999.0;
  };
  std::printf(
      "pixel pitch mm   endplate rms / se / worst deg     Cobb rms / se / worst deg   n   beyond 2 se\n");
  for (const GridCase& g : {GridCase{0.6, 2.0}, {0.9, 3.0}, {0.9, 4.0}, {0.7, 4.4}, {1.0, 5.0}}) {
    Calibration plates;
    Calibration cobb;
    for (int k = 0; k < 20; ++k) {
      auto course = curved::lumbar(between(-35.0, 35.0));
      for (double& roll : course.roll_deg) roll += between(-2.0, 2.0);
      for (double& pitch : course.pitch_deg) pitch += between(-3.0, 3.0);
      const auto placed = curved::turned(curved::bodies(course, kBody), between(-6.0, 6.0));
      const auto result = measure(*curved::rasterise(placed, {g.pixel_mm, g.pixel_mm, g.pitch_mm}, 120.0));
      ASSERT_TRUE(result.cobb.value) << result.cobb.reason;
      const auto place = [&](std::uint16_t id) { return static_cast<std::size_t>(id - 18); };
      const auto& main = result.curves.front();
      const double truth = curved::slope_deg(placed, place(main.upper), true) -
                           curved::slope_deg(placed, place(main.lower), false);
      cobb.add(main.cobb_deg - std::abs(truth), of_fit(main.se_deg));
      for (std::size_t i = 0; i + 1 < result.coronal.size(); ++i) {
        const auto& a = result.coronal[i];
        const auto& b = result.coronal[i + 1];
        if (!a.missing.empty() || !b.missing.empty()) continue;
        const double step = curved::slope_deg(placed, i, true) - curved::slope_deg(placed, i + 1, false);
        plates.add(a.superior_deg - b.inferior_deg - step,
                   of_fit(std::hypot(a.superior_se_deg, b.inferior_se_deg)));
      }
    }
    std::printf("%.1f   %.1f      %5.2f / %.2f / %.2f            %5.2f / %.2f / %.2f        %d   %d\n",
                g.pixel_mm,
                g.pitch_mm,
                plates.rms(),
                plates.se(),
                plates.worst,
                cobb.rms(),
                cobb.se(),
                cobb.worst,
                cobb.n,
                cobb.beyond_two);
    EXPECT_LT(cobb.rms(), 1.5 * cobb.se());
    EXPECT_GT(cobb.rms(), 0.2 * cobb.se());
    EXPECT_LT(plates.rms(), 1.5 * plates.se());
    EXPECT_GT(plates.rms(), 0.2 * plates.se());
    EXPECT_LT(cobb.worst, 3.0);
    EXPECT_LE(cobb.beyond_two, 2);
  }
}

TEST(SpineAlignmentPhantom, SagittalErrorsAreAsLargeAsPromised) {
  std::mt19937 random(4);
  const auto between = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() % 10000U) / 9999.0;
  };
  Calibration kyphosis;
  for (int k = 0; k < 24; ++k) {
    curved::Course course{.first_id = 11, .roll_deg = {}, .pitch_deg = {}, .pitch_mm = 27.0};
    const double step = between(2.0, 5.5);
    for (int i = 0; i < 9; ++i) {
      course.roll_deg.push_back(between(-1.0, 1.0));
      course.pitch_deg.push_back(step * (i - 4.0) + between(-1.0, 1.0));
    }
    const solid::Body thoracic{
        .ha_mm = 19.0, .hp_mm = 20.0, .depth_mm = 28, .width_mm = 34, .sag_mm = 0.7, .elliptic = true};
    const auto placed = curved::bodies(course, thoracic);
    const auto result = measure(*curved::rasterise(placed, {0.9, 0.9, 3.3}, 80.0));
    ASSERT_TRUE(result.kyphosis.value) << result.kyphosis.reason;
    const double wedge = 2.0 * std::atan(0.5 / 28.0) * curved::kDegPerRad;
    const double truth = course.pitch_deg[8] - course.pitch_deg[0] + wedge;
    kyphosis.add(*result.kyphosis.value - truth, *result.kyphosis.se);
  }
  std::printf("T4-T12: rms %.2f, se %.2f, worst %.2f deg of %d; %d beyond 2 se\n",
              kyphosis.rms(),
              kyphosis.se(),
              kyphosis.worst,
              kyphosis.n,
              kyphosis.beyond_two);
  EXPECT_LT(kyphosis.rms(), 1.5 * kyphosis.se());
  EXPECT_GT(kyphosis.rms(), 0.2 * kyphosis.se());
  EXPECT_LT(kyphosis.worst, 2.5);
}

/// The phantom of a whole scan: other solids, and truth computed by other code.
TEST(SpineAlignmentPhantom, TheScanPhantomsScoliosisIsFound) {
  for (const double angle : {0.0, 16.0}) {
    phantom::Params params;
    params.spine.seed = 5;
    params.spine.scoliosis_deg = angle;
    params.stack.columns = 128;
    params.stack.rows = 384;
    params.stack.slices = 19;
    params.stack.offset_superior_mm = -5.0;
    Context context;
    const auto scan = LumbarPhantom(params)(context);
    const auto result = measure(*scan.labels);
    ASSERT_TRUE(result.cobb.value) << result.cobb.reason;
    std::printf("scoliosis %.0f: Cobb %.1f +- %.1f from %s to %s\n",
                angle,
                *result.cobb.value,
                *result.cobb.se,
                anatomy::short_name(result.curves.front().upper).c_str(),
                anatomy::short_name(result.curves.front().lower).c_str());
    EXPECT_EQ(result.scoliosis, angle > 10.0);
    EXPECT_EQ(result.notes.size(), angle > 10.0 ? 1U : 0U);
    EXPECT_NEAR(*result.cobb.value, scan.truth.scoliosis_deg, 2.0);
    ASSERT_TRUE(result.sacral_slope.value) << result.sacral_slope.reason;
    for (const auto& b : scan.truth.bodies)
      if (b.id == anatomy::kS1) {
        EXPECT_NEAR(*result.sacral_slope.value, -b.superior_deg, 3.0);
      }
  }
}

}  // namespace
}  // namespace ledd
