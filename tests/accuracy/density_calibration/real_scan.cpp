#include "real_scan.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/density_calibration/find_calibration_phantom.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"

namespace ledd::accuracy {
namespace {

/// The two large inserts of the cardiac phantom: a rod of 200 mg HA/cm3 and one like water, 20 mm thick.
/// Their distance is read off the scan.
constexpr const char* kCardiac = R"(
[[phantom]]
name = "QRM cardiac inserts"
mineral = "HA"
density_mg_cm3 = [0, 200]
density_sd_mg_cm3 = 2.0
rod_diameter_mm = 20.0
spacing_mm = 23.3
geometry = "measured"
tolerance_percent = 10
)";

void print(const FindCalibrationPhantom::Result& found) {
  fmt::print("{}{}{}\n", found.phantom, found.refusal.empty() ? "" : "REFUSED: ", found.refusal);
  for (const FoundRod& rod : found.rods)
    fmt::print(
        "  rod {} at ({:.2f}, {:.2f}, {:.2f}) mm, radius {:.2f} mm, {:.2f} HU, SD {:.2f}, SE {:.2f}, {} "
        "voxels, "
        "centres scatter {:.2f} mm\n",
        rod.number,
        rod.point_lps_mm[0],
        rod.point_lps_mm[1],
        rod.point_lps_mm[2],
        rod.radius_mm,
        rod.hu,
        rod.sd_hu,
        rod.se_hu,
        rod.voxels,
        rod.centre_rms_mm);
  if (found.slices > 0)
    fmt::print("  z {:.2f} to {:.2f} mm, {} slices; between rods {:.1f} HU\n",
               found.used.low_mm,
               found.used.high_mm,
               found.slices,
               found.matrix_hu);
  if (found.field_hu) fmt::print("  field {:.1f} HU\n", *found.field_hu);
  for (const auto& note : found.notes) fmt::print("  {}\n", note);
  if (!found.line) return;
  const DensityLine& line = *found.line;
  fmt::print("  HU = {:.2f} + {:.4f} rho, SE {:.2f} and {:.4f}\n",
             line.beta_hu,
             line.sigma_hu,
             std::sqrt(line.var_beta),
             std::sqrt(line.var_sigma));
}

}  // namespace

void print_cardiac(const std::filesystem::path& folder) {
  Context context;
  const auto index = dicom::index({folder}, context);
  const auto phantoms = read_phantoms(kCardiac);
  for (const auto& stack : index.stacks) {
    const auto scan = dicom::load(stack, context);
    const auto found = FindCalibrationPhantom()(*scan, phantoms, std::nullopt, context);
    print(found);
    if (!found.line) continue;
    // Two rods determine the line and say nothing of its truth; what can be tried is one slice against the
    // others.
    const double step_mm = stack.slice_spacing_mm;
    for (int n = 0; n < found.slices; ++n) {
      const double z_mm = found.used.low_mm + n * step_mm;
      FindCalibrationPhantom::Params params;
      params.min_length_mm = 1.0;
      const FindCalibrationPhantom find(params);
      const auto one = find(*scan, phantoms, FindCalibrationPhantom::Range{z_mm - 0.5, z_mm + 0.5}, context);
      if (one.rods.size() != 2) continue;
      fmt::print("  slice at {:.1f} mm by the line of all: {:.2f} +- {:.2f} and {:.2f} +- {:.2f} mg/cm3\n",
                 z_mm,
                 found.line->density_mg_cm3(one.rods[0].hu),
                 found.line->density_se_mg_cm3(one.rods[0].hu, one.rods[0].se_hu),
                 found.line->density_mg_cm3(one.rods[1].hu),
                 found.line->density_se_mg_cm3(one.rods[1].hu, one.rods[1].se_hu));
    }
  }
  fmt::print("with the whole table:\n");
  for (const auto& stack : index.stacks)
    print(FindCalibrationPhantom()(*dicom::load(stack, context), known_phantoms(), std::nullopt, context));
}

void print_scan(const std::filesystem::path& file) {
  Context context;
  print(FindCalibrationPhantom()(*files::read_volume(file), known_phantoms(), std::nullopt, context));
}

}  // namespace ledd::accuracy
