// Prints what bone-hrpqct measures of digital bones whose outlines, densities and pores are known.
#include <fmt/core.h>

#include <exception>
#include <string>
#include <vector>

#include "ledd/bone_hrpqct/bone_hrpqct.h"
#include "ledd/xct_phantom/xct_phantom.h"

namespace {

using ledd::phantom::XctPhantom;

double value(const ledd::Outcome& outcome, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.endpoint == endpoint && m.value) return *m.value;
  return 0.0;
}

void print_row(const std::string& name, const XctPhantom& p) {
  const auto truth = ledd::phantom::draw(p);
  ledd::BoneHrpqct::Study study;
  study.scan = truth.density_mg_per_cm3;
  study.density = ledd::DensityEquation{1.0, 0.0, "the phantom"};
  ledd::Context context;
  const auto outcome = ledd::BoneHrpqct()(study, context).outcome;
  const auto percent = [](double found, double known) { return 100.0 * (found / known - 1.0); };
  fmt::print(
      "| {} | {:.0f} | {:+.2f} | {:+.2f} | {:+.2f} | {:+.3f} | {:.1f}, {:.1f} | {:.0f}, {:.0f} | {:.2f}, "
      "{:.2f} | {} |\n",
      name,
      1000.0 * p.voxel_mm,
      percent(value(outcome, "Tt_Ar"), truth.tt_ar_mm2),
      percent(value(outcome, "Tb_Ar"), truth.tb_ar_mm2),
      percent(value(outcome, "Ct_Ar"), truth.ct_ar_mm2),
      value(outcome, "Ct_Th") - p.cortex_mm,
      value(outcome, "Tb_BMD"),
      truth.bone_share * p.trabecula_mg_per_cm3 + (1.0 - truth.bone_share) * p.marrow_mg_per_cm3,
      value(outcome, "Ct_TMD"),
      p.cortex_mg_per_cm3,
      value(outcome, "Ct_Po"),
      100.0 * truth.pore_share,
      p.pores == 0 ? std::string("-") : fmt::format("{:.3f}, {:.3f}", value(outcome, "Ct_Po_Dm"), p.pore_mm));
}

XctPhantom with(double cortex_mm, double voxel_mm, double density) {
  XctPhantom p;
  p.cortex_mm = cortex_mm;
  p.voxel_mm = voxel_mm;
  p.cortex_mg_per_cm3 = density;
  p.slices = 24;
  if (voxel_mm > 0.07) p.blur_mm = 0.07;
  return p;
}

void print_table() {
  fmt::print(
      "| bone | voxel (um) | Tt.Ar % | Tb.Ar % | Ct.Ar % | Ct.Th (mm) | Tb.BMD, true | Ct.TMD, true | Ct.Po "
      "%, true "
      "| Ct.Po.Dm (mm), true |\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (const double voxel : {0.0607, 0.082})
    for (const double cortex : {0.3, 0.5, 0.9, 1.5}) {
      print_row(fmt::format("cortex {} mm, rods", cortex), with(cortex, voxel, 950.0));
    }
  print_row("cortex 0.9 mm of 750 mg/cm3", with(0.9, 0.0607, 750.0));
  for (const double wide : {0.2, 0.3, 0.4}) {
    auto p = with(1.5, 0.0607, 950.0);
    p.pores = 16;
    p.pore_mm = wide;
    print_row(fmt::format("16 canals of {} mm", wide), p);
  }
  auto p = with(0.9, 0.0607, 950.0);
  p.lattice = XctPhantom::Lattice::kPlates;
  print_row("plates", p);
  p.marrow_opens = true;
  print_row("plates, a vessel's gap", p);
}

}  // namespace

int main() {
  try {
    print_table();
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
