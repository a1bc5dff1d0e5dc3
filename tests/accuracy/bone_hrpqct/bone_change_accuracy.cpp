// Prints what the comparison of two visits finds of digital bones that moved and changed by known amounts.
#include <fmt/core.h>

#include <cmath>
#include <exception>
#include <numbers>
#include <string>
#include <vector>

#include "ledd/bone_hrpqct/bone_change.h"
#include "ledd/bone_hrpqct/bone_hrpqct.h"
#include "ledd/xct_phantom/xct_phantom.h"

namespace {

using ledd::GridMotion;
using ledd::Outcome;
using ledd::Point;
using ledd::phantom::XctPhantom;

/// A visit as the pipeline leaves it in its case folder.
struct Visit {
  explicit Visit(const XctPhantom& p) : phantom(p) {
    const auto drawn = ledd::phantom::draw(p);
    ledd::BoneHrpqct::Study study;
    study.scan = drawn.density_mg_per_cm3;
    study.density = ledd::DensityEquation{1.0, 0.0, "the phantom"};
    ledd::Context context;
    outcome = ledd::BoneHrpqct()(study, context).outcome;
    density = outcome.maps.at("density");
    for (std::size_t n = 0; n < density->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
      if (float& value = density->GetBufferPointer()[n]; std::isnan(value)) value = 0.0F;
  }
  XctPhantom phantom;
  Outcome outcome;
  ledd::Volume::Pointer density;
};

double value(const Outcome& outcome, const std::string& endpoint, const std::string& statistic = "value") {
  for (const auto& m : outcome.measurements)
    if (m.endpoint == endpoint &&
        (m.statistic == statistic || (statistic == "value" && m.statistic == "mean")) && m.value)
      return *m.value;
  return std::nan("");
}

using Square = std::array<std::array<double, 3>, 3>;

Square times(const Square& a, const Square& b) {
  Square c{};
  for (unsigned i = 0; i < 3; ++i)
    for (unsigned j = 0; j < 3; ++j)
      for (unsigned k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

GridMotion drawn_motion(const XctPhantom& p, const ledd::Volume& image) {
  const double deg = std::numbers::pi / 180.0;
  GridMotion m;
  m.rotation = times(
      ledd::rotation_by({p.turn_x_deg * deg, 0, 0}),
      times(ledd::rotation_by({0, p.turn_y_deg * deg, 0}), ledd::rotation_by({0, 0, p.turn_z_deg * deg})));
  for (unsigned a = 0; a < 3; ++a)
    m.centre_mm[a] =
        0.5 * p.voxel_mm * (static_cast<double>(image.GetLargestPossibleRegion().GetSize(a)) - 1.0);
  m.shift_mm = {p.shift_x_mm, p.shift_y_mm, p.shift_z_mm};
  return m;
}

struct Off {
  double longest_vox = 0.0, turn_deg = 0.0;
};

/// The longest way between where both put a point of the bone's middle slices, and the turn between both.
Off off(const GridMotion& found, const GridMotion& known, const XctPhantom& p) {
  Off result;
  for (int n = 0; n < 24; ++n) {
    const double angle = n * std::numbers::pi / 12.0;
    const Point at{known.centre_mm[0] + (0.5 * p.straight_mm + p.radius_mm) * std::cos(angle),
                   known.centre_mm[1] + p.radius_mm * std::sin(angle),
                   known.centre_mm[2]};
    const Point a = found(at), b = known(at);
    result.longest_vox =
        std::max(result.longest_vox, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / p.voxel_mm);
  }
  GridMotion between;
  between.rotation = times(found.inverse().rotation, known.rotation);
  result.turn_deg = between.turn_deg();
  return result;
}

XctPhantom bone(double voxel_mm) {
  XctPhantom p;
  p.cortex_mm = 0.9;
  p.taper = 0.06;
  p.warp_mm = 0.35;
  p.margin_mm = 1.6;
  p.voxel_mm = voxel_mm;
  p.blur_mm = voxel_mm > 0.07 ? 0.07 : 0.05;
  p.slices = static_cast<int>(std::lround(5.0 / voxel_mm));
  return p;
}

struct Move {
  double x_deg, y_deg, z_deg, x_vox, y_vox, z_vox;
};

XctPhantom moved(XctPhantom p, const Move& m, int seed) {
  p.turn_x_deg = m.x_deg;
  p.turn_y_deg = m.y_deg;
  p.turn_z_deg = m.z_deg;
  p.shift_x_mm = m.x_vox * p.voxel_mm;
  p.shift_y_mm = m.y_vox * p.voxel_mm;
  p.shift_z_mm = m.z_vox * p.voxel_mm;
  p.seed = seed;
  return p;
}

std::string words(const Move& m) {
  return fmt::format(
      "{:g}, {:g}, {:g} deg; {:g}, {:g}, {:g}", m.x_deg, m.y_deg, m.z_deg, m.x_vox, m.y_vox, m.z_vox);
}

const std::vector<Move> kMoves{{0, 0, 0, 0, 0, 0},
                               {0, 0, 0, 0.5, -0.5, 0.5},
                               {0, 0, 5, 2.3, -3.7, 0},
                               {2, -1, 0, 1.2, 0.4, 12.4},
                               {-1.5, 2.5, -3, -4.6, 3.1, -17.7},
                               {3, 3, 2, 0, 5.5, 30.3},
                               {4, -3, 0, 3, -2, -8.25}};

ledd::BoneChange::Result compared(const Visit& a, const Visit& b) {
  ledd::Context context;
  return ledd::BoneChange()({a.density, a.outcome.labels}, {b.density, b.outcome.labels}, context);
}

void print_moves() {
  fmt::print(
      "| voxel (um) | turned; moved (voxels) | off by (voxels) | off by (deg) | common % | corr. | corr. Tb "
      "| "
      "Tt.BMD % | Tb.BMD % | Ct.BMD % | Ct.Th % | BV/TV % | Tb.Th % | Tb.Sp % | Tb.N % |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const double voxel : {0.0607, 0.082}) {
    const Visit a(bone(voxel));
    int seed = 10;
    for (const Move& m : kMoves) {
      const Visit b(moved(bone(voxel), m, ++seed));
      const auto r = compared(a, b);
      const Off o = off(r.registration.second_from_first, drawn_motion(b.phantom, *a.density), b.phantom);
      fmt::print("| {:.0f} | {} | {:.3f} | {:.3f} | {:.0f} | {:.3f} | {:.3f}",
                 1000.0 * voxel,
                 words(m),
                 o.longest_vox,
                 o.turn_deg,
                 r.common_percent,
                 r.registration.correlation,
                 r.registration.trabecular_correlation);
      for (const char* key : {"Tt_BMD", "Tb_BMD", "Ct_BMD", "Ct_Th", "BV_TV", "Tb_Th", "Tb_Sp", "Tb_N"})
        fmt::print(" | {:+.2f}", value(r.outcome, std::string(key) + "_change_rel"));
      fmt::print(" |\n");
    }
  }
}

/// In percent: true, with registration, and between the two scans as a whole.
void print_change(const char* name, const Visit& a, const Visit& aligned, const Visit& b) {
  const auto r = compared(a, b);
  fmt::print("| {} ", name);
  for (const char* key : {"Tt_BMD", "Tb_BMD", "Ct_BMD", "Ct_Ar", "Ct_Th", "BV_TV", "Tb_N"}) {
    const auto whole = [&](const Visit& v) {
      return 100.0 * (value(v.outcome, key) / value(a.outcome, key) - 1.0);
    };
    fmt::print("| {:+.1f}, {:+.1f}, {:+.1f} ",
               whole(aligned),
               value(r.outcome, std::string(key) + "_change_rel"),
               whole(b));
  }
  fmt::print("|\n");
}

void print_changes() {
  fmt::print(
      "\n| change | Tt.BMD | Tb.BMD | Ct.BMD | Ct.Ar | Ct.Th | BV/TV | Tb.N "
      "|\n|---|---|---|---|---|---|---|---|\n");
  const Visit a(bone(0.0607));
  const Move move{1, -1.5, 3, 1.4, -2.6, 20.3};
  const auto show = [&](const char* name, XctPhantom p) {
    const Visit still(moved(p, kMoves[0], 31)), b(moved(p, move, 32));
    print_change(name, a, still, b);
  };
  auto p = bone(0.0607);
  show("none", p);
  p.cortex_mm = 0.82;
  show("cortex 0.08 mm thinner", p);
  p = bone(0.0607);
  p.trabecula_mg_per_cm3 = 740.0;
  show("trabeculae of 740 instead of 800 mg/cm3", p);
  p = bone(0.0607);
  p.trabecula_mm = 0.23;
  show("rods of 0.23 instead of 0.25 mm", p);
}

}  // namespace

int main() {
  try {
    print_moves();
    print_changes();
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
