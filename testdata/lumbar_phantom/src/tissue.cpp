#include "tissue.h"

#include <algorithm>
#include <cmath>

namespace ledd::phantom {
namespace {

struct Relaxation {
  double density = 0, t1_ms = 1, t2_ms = 1;
};
struct Composition {
  Relaxation water;
  double fat_density = 0;
};

// 1.5 T, rounded. Muscle and cord: Stanisz et al., Magn Reson Med 54:507, 2005 (skeletal muscle 1008/44 ms,
// spinal cord 745/74 ms). Marrow water, organ, fat T1: near de Bazelaire et al., Radiology 230:652, 2004.
// Nucleus and annulus: near the T2 of grade I-II discs. The rest, and all proton densities, are approximate:
// chosen for the look of clinical scans. The T2 of fat is that seen by a fast spin echo, whose pulses
// lengthen it.
constexpr double kFatT1Ms = 260.0;
constexpr double kFatT2Ms = 135.0;

constexpr std::array<Composition, static_cast<std::size_t>(Tissue::kCount)> kTissues{{
    {{0.0, 1.0, 1.0}, 0.0},         // air
    {{0.45, 900.0, 30.0}, 0.1},     // skin
    {{0.06, 800.0, 40.0}, 0.90},    // fat
    {{0.85, 1008.0, 44.0}, 0.02},   // muscle
    {{0.42, 750.0, 60.0}, 0.33},    // marrow
    {{0.06, 800.0, 10.0}, 0.02},    // cortex
    {{0.90, 1250.0, 105.0}, 0.0},   // nucleus
    {{0.60, 1000.0, 42.0}, 0.0},    // annulus
    {{1.00, 3800.0, 1200.0}, 0.0},  // fluid
    {{0.80, 745.0, 78.0}, 0.0},     // nerve
    {{0.03, 1400.0, 100.0}, 0.0},   // vessel: flow void
    {{0.90, 1300.0, 160.0}, 0.05},  // vein, slow flow
    {{0.80, 900.0, 70.0}, 0.05},    // bowel
    {{0.80, 600.0, 46.0}, 0.03},    // organ
    {{0.15, 900.0, 15.0}, 0.01},    // ligament
}};

double relaxed(const Relaxation& r, const Timing& t) {
  const double longitudinal = t.density ? 1.0
                              : t.ti_ms > 0
                                  ? 1.0 - 2.0 * std::exp(-t.ti_ms / r.t1_ms) + std::exp(-t.tr_ms / r.t1_ms)
                                  : 1.0 - std::exp(-t.tr_ms / r.t1_ms);
  return r.density * longitudinal * std::exp(-t.te_ms / r.t2_ms);
}

}  // namespace

Timing timing_of(const ScanParams& params) {
  Timing t;
  switch (params.contrast) {
    case Contrast::kT1: t = {550.0, 11.0, 0.0}; break;
    case Contrast::kT2: t = {4000.0, 100.0, 0.0}; break;
    case Contrast::kStir: t = {4500.0, 60.0, 170.0}; break;
    case Contrast::kWater:
    case Contrast::kFat: t = {12.0, 2.4, 0.0, true}; break;
  }
  if (params.tr_ms > 0) t.tr_ms = params.tr_ms;
  if (params.te_ms > 0) t.te_ms = params.te_ms;
  if (params.ti_ms > 0) t.ti_ms = params.ti_ms;
  return t;
}

std::array<Signal, static_cast<std::size_t>(Tissue::kCount)> signals(const Timing& timing) {
  std::array<Signal, static_cast<std::size_t>(Tissue::kCount)> all;
  double brightest = 0.0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].water = relaxed(kTissues[i].water, timing);
    all[i].fat = relaxed({kTissues[i].fat_density, kFatT1Ms, kFatT2Ms}, timing);
    brightest = std::max(brightest, std::fabs(all[i].water + all[i].fat));
  }
  for (Signal& s : all) {
    s.water /= brightest;
    s.fat /= brightest;
  }
  return all;
}

}  // namespace ledd::phantom
