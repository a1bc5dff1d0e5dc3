#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/cartilage_thickness/ray_thickness.h"

#include "tables.h"
#include "vtk_mesh.h"

namespace ledd::accuracy {
namespace {

void print_row(const char* name, const std::vector<double>& measured, const std::vector<double>& reference) {
  double sum = 0, mean = 0, mean_reference = 0, largest = 0;
  std::size_t count = 0, missed = 0;
  for (std::size_t v = 0; v < measured.size(); ++v) {
    if (!(reference[v] > 0)) continue;
    ++count;
    if (measured[v] == 0.0) ++missed;
    mean += measured[v];
    mean_reference += reference[v];
    sum += std::fabs(measured[v] - reference[v]);
    largest = std::max(largest, std::fabs(measured[v] - reference[v]));
  }
  const auto n = static_cast<double>(count);
  fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.4f} | {:.3f} | {} |\n",
             name,
             count,
             mean / n,
             mean_reference / n,
             sum / n,
             largest,
             missed);
}

std::vector<double> larger(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t v = 0; v < a.size(); ++v) a[v] = std::max(a[v], b[v]);
  return a;
}

}  // namespace

void print_mesh_pairs(const std::filesystem::path& folder) {
  fmt::print(
      "| bone | vertices | mean (mm) | reference (mm) | mean absolute error (mm) | largest | missed |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");
  const auto tibia = testing::read_vtk(folder / "tibia_smoothed_image_10k_pts_thick_regions.vtk");
  const auto normals = vertex_normals(tibia.mesh);
  const auto on_tibia = [&](const char* file) {
    return ray_thickness(tibia.mesh, normals, testing::read_vtk(folder / file).mesh).thickness_mm;
  };
  print_row("tibia",
            larger(on_tibia("med_tib_cart_smoothed_binary_no_surface_resampling.vtk"),
                   on_tibia("lat_tib_cart_smoothed_binary_no_surface_resampling.vtk")),
            tibia.scalars.at("thickness%20(mm)"));
  const auto femur = testing::read_vtk(folder / "femur_mesh_10k_pts.vtk");
  const auto reference = testing::read_vtk(folder / "femur_thickness_mm_10k_pts.vtk");
  const auto cartilage = testing::read_vtk(folder / "femur_cart_smoothed_binary_resampled_10k_pts.vtk");
  const auto& values = reference.scalars.at("thickness%20(mm)");
  print_row(
      "femur", ray_thickness(femur.mesh, vertex_normals(femur.mesh), cartilage.mesh).thickness_mm, values);
}

}  // namespace ledd::accuracy
