#include <gtest/gtest.h>

#include <cmath>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/files/files.h"

#include "oai_knee.h"
#include "realdata.h"

namespace ledd {
namespace {

TEST(CartilageMorphometry, RealKneeHasThicknessAsPublishedForKneesAndItsRegionsInOrder) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  auto labels = files::read_labels(realdata() / "knee/labels-only/zib-9001104-00m.nii.gz");
  testing::use_ledd_ids(*labels);
  Context context;
  const auto r = CartilageMorphometry()(*labels, {}, anatomy::Side::kRight, context);
  const auto value = [&](const char* name) { return r.values.find(name)->second; };
  EXPECT_EQ(r.values.size(), knee::region_sets().size());
  // Within three SD of 79 knees that a reader measured.
  EXPECT_NEAR(value("MT").mean_mm, 1.31, 3 * 0.39);
  EXPECT_NEAR(value("LT").mean_mm, 1.61, 3 * 0.62);
  EXPECT_NEAR(value("cMF").mean_mm, 1.16, 3 * 0.63);
  EXPECT_NEAR(value("cLF").mean_mm, 1.78, 3 * 0.52);
  for (const auto& [name, v] : r.values) {
    EXPECT_NEAR(v.laplace_mean_mm, v.mean_mm, 0.15 * v.mean_mm + 0.05) << name;
    EXPECT_NEAR(v.volume_mm3 / (v.tab_mm2 * v.mean_mm), 1.0, 0.25) << name;
  }
}

}  // namespace
}  // namespace ledd
