#include "ledd/meniscus_morphometry/meniscus_morphometry.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ledd/files/files.h"

#include "oai_knee.h"
#include "plain_knee.h"
#include "realdata.h"

namespace ledd {
namespace {

MeniscusMorphometry::Result measure(const Labels& labels) {
  CartilageMorphometry::Params params;
  params.thickness.laplace = false;
  Context context;
  return MeniscusMorphometry()(labels, CartilageMorphometry(params)(labels, {}, {}, context), context);
}

/// Part of an ellipse of semi-axes 15 and `ap` mm that lies more than 7 mm outwards of its centre and within
/// 18 mm.
double covered_part(double ap) {
  double in = 0, all = 0;
  for (double x = -15; x < 15; x += 0.05)
    for (double y = -ap; y < ap; y += 0.05) {
      if (std::hypot(x / 15, y / ap) >= 1) continue;
      all += 1;
      in += x > 7 && std::fabs(y) < 18 ? 1 : 0;
    }
  return 100 * in / all;
}

TEST(MeniscusMorphometry, VolumeExtrusionAndCoverageAreThoseOfTheShape) {
  for (const bool left : {false, true}) {
    plain_knee::Shape shape;
    shape.left = left;
    const auto r = measure(*plain_knee::draw(shape));
    ASSERT_EQ(r.menisci.size(), 2U);
    EXPECT_EQ(r.menisci[0].region, "MM");
    EXPECT_NEAR(r.menisci[0].volume_mm3, 14 * 36 * 4.5, 0.1 * 14 * 36 * 4.5);
    EXPECT_NEAR(r.menisci[0].extrusion_mm.value(), 3.0, 0.5);
    EXPECT_NEAR(r.menisci[1].extrusion_mm.value(), -2.0, 0.5);
    EXPECT_NEAR(r.menisci[0].coverage_percent.value(), covered_part(20), 3.0);
    EXPECT_NEAR(r.menisci[1].coverage_percent.value(), covered_part(17), 3.0);
    EXPECT_EQ(measurements(r).front().side, left ? "L" : "R");
  }
}

TEST(MeniscusMorphometry, MissingMeniscusIsAFailedRowWithItsReason) {
  auto labels = plain_knee::draw({}, [](const Point& p) { return p; }, {0.8, 0.8, 0.8});
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (labels->GetBufferPointer()[n] == anatomy::kMedialMeniscus) labels->GetBufferPointer()[n] = 0;
  int failed = 0;
  for (const auto& m : measurements(measure(*labels)))
    if (m.region == "MM") {
      EXPECT_EQ(m.quality, Quality::kFailed);
      EXPECT_THAT(m.reason, ::testing::HasSubstr("208"));
      ++failed;
    }
  EXPECT_EQ(failed, 3);
}

TEST(MeniscusMorphometry, RealMenisciHaveTheirVolumeAndPlausibleCover) {
  LEDD_NEEDS_REALDATA("knee/thickness-meshes");
  auto labels = files::read_labels(realdata() /
                                   "knee/thickness-meshes/SAG_3D_DESS_RIGHT_bones_cart_men_fib-label.nrrd");
  testing::use_ledd_ids_with_menisci(*labels);
  const auto r = measure(*labels);
  EXPECT_EQ(r.side, anatomy::Side::kRight);
  EXPECT_NEAR(r.menisci[0].volume_mm3, 2347, 2);
  EXPECT_NEAR(r.menisci[1].volume_mm3, 2136, 2);
  for (const auto& m : r.menisci) {
    EXPECT_NEAR(m.extrusion_mm.value(), 0.0, 6.0);
    EXPECT_NEAR(m.coverage_percent.value(), 50.0, 25.0);
    std::printf(
        "%s: extrusion %.2f mm, coverage %.1f %%\n", m.region.c_str(), *m.extrusion_mm, *m.coverage_percent);
  }
}

}  // namespace
}  // namespace ledd
