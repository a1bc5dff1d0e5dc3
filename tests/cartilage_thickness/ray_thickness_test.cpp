#include "ledd/cartilage_thickness/ray_thickness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "realdata.h"
#include "vtk_mesh.h"

namespace ledd {
namespace {

using Hits = std::vector<MeshTree::Hit>;

TEST(RayThickness, EveryNumberOfPassagesHasItsRule) {
  const auto none = layer_of(Hits{}, 2.0);
  EXPECT_EQ(none, (std::pair{0.0, RayCase::kNone}));
  EXPECT_EQ(layer_of(Hits{{1.5, true, 0}}, 2.0), (std::pair{1.5, RayCase::kOne}))
      << "from the bone's surface";
  EXPECT_EQ(layer_of(Hits{{0.5, false, 0}}, 2.0), (std::pair{0.0, RayCase::kNone})) << "never left";
  EXPECT_EQ(layer_of(Hits{{-0.5, false, 0}, {1.5, true, 0}}, 2.0), (std::pair{2.0, RayCase::kTwo}));
  EXPECT_EQ(layer_of(Hits{{4.0, false, 0}, {6.0, true, 0}}, 2.0), (std::pair{0.0, RayCase::kAway}))
      << "the other bone's";
  EXPECT_EQ(layer_of(Hits{{0.0, false, 0}, {1.0, true, 0}, {1.5, false, 0}, {3.0, true, 0}}, 2.0),
            (std::pair{3.0, RayCase::kSeveral}))
      << "a gap within the layer";
  EXPECT_EQ(layer_of(Hits{{0.0, false, 0}, {1.0, true, 0}, {5.0, false, 0}, {7.0, true, 0}}, 2.0),
            (std::pair{1.0, RayCase::kSeveral}))
      << "another layer behind";
  EXPECT_EQ(layer_of(Hits{{0.0, false, 0}, {1.0, true, 0}, {1.2, false, 0}}, 2.0),
            (std::pair{1.0, RayCase::kSeveral}));
}

TEST(RayThickness, BoneWithoutNormalsIsRefused) {
  TriangleMesh bone;
  bone.points_lps_mm = {{0, 0, 0}};
  EXPECT_THROW(ray_thickness(bone, {}, TriangleMesh{}), Error);
}

double mean_absolute_error(const std::vector<double>& measured, const std::vector<double>& reference) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t v = 0; v < measured.size(); ++v)
    if (reference[v] > 0) {
      sum += std::fabs(measured[v] - reference[v]);
      ++count;
    }
  return sum / static_cast<double>(count);
}

TEST(RayThickness, AgreesWithTheReferenceOfTheTibiaToAHundredthOfAMillimetre) {
  LEDD_NEEDS_REALDATA("knee/thickness-meshes");
  const auto folder = realdata() / "knee/thickness-meshes";
  const auto bone = testing::read_vtk(folder / "tibia_smoothed_image_10k_pts_thick_regions.vtk");
  const auto normals = vertex_normals(bone.mesh);
  const auto medial = ray_thickness(
      bone.mesh,
      normals,
      testing::read_vtk(folder / "med_tib_cart_smoothed_binary_no_surface_resampling.vtk").mesh);
  const auto lateral = ray_thickness(
      bone.mesh,
      normals,
      testing::read_vtk(folder / "lat_tib_cart_smoothed_binary_no_surface_resampling.vtk").mesh);
  std::vector<double> thickness(normals.size());
  for (std::size_t v = 0; v < thickness.size(); ++v)
    thickness[v] = std::max(medial.thickness_mm[v], lateral.thickness_mm[v]);
  EXPECT_LE(mean_absolute_error(thickness, bone.scalars.at("thickness%20(mm)")), 0.01);
}

}  // namespace
}  // namespace ledd
