#include "ledd/bone_compartments/bone_compartments.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cstring>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "phantom.h"

namespace ledd {
namespace {

using phantom::draw;
using phantom::XctPhantom;

double overlap(const Mask& a, const Mask& b) {
  std::size_t both = 0;
  for (std::size_t n = 0; n < a.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    both += a.GetBufferPointer()[n] != 0 && b.GetBufferPointer()[n] != 0 ? 1U : 0U;
  return 2.0 * static_cast<double>(both) / static_cast<double>(morphology::count(a) + morphology::count(b));
}

double mean_area_mm2(const Mask& mask, const XctPhantom& p) {
  return static_cast<double>(morphology::count(mask)) * p.voxel_mm * p.voxel_mm /
         static_cast<double>(p.slices);
}

XctPhantom small() {
  XctPhantom p;
  p.radius_mm = 3.6;
  p.straight_mm = 2.0;
  p.slices = 16;
  return p;
}

void expect_found(const XctPhantom& p, const char* what) {
  SCOPED_TRACE(what);
  const auto truth = draw(p);
  Context context;
  const auto found = BoneCompartments()(*truth.density_mg_per_cm3, context);
  EXPECT_GE(overlap(*found.periosteal, *truth.periosteal), 0.985);
  EXPECT_GE(overlap(*found.trabecular, *truth.trabecular), 0.97);
  EXPECT_NEAR(mean_area_mm2(*found.periosteal, p) / truth.tt_ar_mm2, 1.0, 0.012);
  EXPECT_NEAR(mean_area_mm2(*found.trabecular, p) / truth.tb_ar_mm2, 1.0, 0.04);
  EXPECT_EQ(morphology::count(*found.cortical) + morphology::count(*found.trabecular),
            morphology::count(*found.periosteal));
  EXPECT_GE(overlap(*found.bone, *truth.bone), 0.9);
  EXPECT_TRUE(found.notes.empty());
}

TEST(BoneCompartments, ThinThickAndPorousCorticesAreOutlined) {
  expect_found(small(), "rods in a tube");
  auto p = small();
  p.cortex_mm = 0.45;
  expect_found(p, "thin");
  p.cortex_mm = 1.3;
  expect_found(p, "thick");
  p.pores = 12;
  expect_found(p, "porous");
  p = small();
  p.lattice = XctPhantom::Lattice::kPlates;
  p.marrow_opens = true;
  expect_found(p, "plates, and a vessel through the cortex");
}

TEST(BoneCompartments, EmptyAndSolidImagesAreRefused) {
  Context context;
  EXPECT_THROW(BoneCompartments()(*phantom::blank<Volume>({20, 20, 5}, {0.06, 0.06, 0.06}, 10.0F), context),
               Error);
  EXPECT_THROW(BoneCompartments()(*phantom::blank<Volume>({20, 20, 5}, {0.06, 0.06, 0.06}, 900.0F), context),
               Error);
}

TEST(BoneCompartments, ABoneThatTheSideCutsIsNoted) {
  const auto truth = draw(small());
  const auto size = truth.bone->GetLargestPossibleRegion().GetSize();
  auto half = phantom::blank<Volume>({size[0] / 2, size[1], size[2]}, {0.0607, 0.0607, 0.0607}, 0.0F);
  for (std::size_t row = 0; row < size[1] * size[2]; ++row)
    std::copy_n(truth.density_mg_per_cm3->GetBufferPointer() + row * size[0],
                size[0] / 2,
                half->GetBufferPointer() + row * (size[0] / 2));
  Context context;
  const auto found = BoneCompartments()(*half, context);
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_THAT(found.notes.front(), testing::HasSubstr("on 16 of 16 slices"));
}

TEST(BoneCompartments, GivenCompartmentsGiveTheSameBone) {
  const auto truth = draw(small());
  Context context;
  const BoneCompartments module;
  const auto found = module(*truth.density_mg_per_cm3, context);
  const auto again = module.bone(*truth.density_mg_per_cm3, *found.trabecular, *found.cortical, context);
  // The image's edge, which the automatic run cuts away, has no part in the bone.
  EXPECT_GE(overlap(*again, *found.bone), 0.99999);
}

TEST(BoneCompartments, OneThreadAndTwoGiveTheSame) {
  const auto truth = draw(small());
  Context context;
  const auto two = BoneCompartments()(*truth.density_mg_per_cm3, context);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto alone = BoneCompartments()(*truth.density_mg_per_cm3, context);
  EXPECT_EQ(std::memcmp(two.bone->GetBufferPointer(),
                        alone.bone->GetBufferPointer(),
                        two.bone->GetLargestPossibleRegion().GetNumberOfPixels()),
            0);
}

}  // namespace
}  // namespace ledd
