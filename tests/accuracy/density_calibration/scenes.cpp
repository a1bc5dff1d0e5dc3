#include "scenes.h"

#include <algorithm>
#include <cmath>

#include "ledd/phantom_base/vec.h"

namespace ledd::accuracy {
namespace {

double width_mm(const CalibrationPhantom& phantom) {
  return phantom.rods.back().position_mm[0] - phantom.rods.front().position_mm[0];
}

/// Every rod that is not listed as hidden differs by 30 HU from what it lies in.
bool stands_out(const CtPhantom::Params& params, const CalibrationPhantom& phantom, double matrix_hu) {
  return std::all_of(phantom.rods.begin(), phantom.rods.end(), [&](const CalibrationRod& rod) {
    const double hu =
        phantom.has_water()
            ? rod.water_mg_cm3 + (params.sigma_hu + 0.2174) * rod.density_mg_cm3 + params.beta_hu - 999.6
            : params.beta_hu + params.sigma_hu * rod.density_mg_cm3;
    return rod.hidden || std::fabs(hu - matrix_hu) >= 30.0;
  });
}

}  // namespace

const std::vector<Distortion>& distortions() {
  static const std::vector<Distortion> all{{"none"},
                                           {"noise 20 HU"},
                                           {"turned"},
                                           {"tilted"},
                                           {"reversed"},
                                           {"other size"},
                                           {"no couch"},
                                           {"thick slices"},
                                           {"cupping 10 HU"},
                                           {"cupping 40 HU"},
                                           {"hardening"},
                                           {"metal"},
                                           {"all at once"},
                                           {"two rods changed", false},
                                           {"first rod outside", false},
                                           {"last rod outside", false},
                                           {"body only", false}};
  return all;
}

CtPhantom::Params scene(const CalibrationPhantom& phantom,
                        const std::string& distortion,
                        std::uint64_t seed) {
  std::uint64_t draw = 0;
  const auto between = [&](double low, double high) {
    return low + (high - low) * phantom::uniform(seed * 1000 + 17, draw++);
  };
  const bool all = distortion == "all at once";
  CtPhantom::Params params;
  params.seed = seed;
  params.noise_sd_hu = distortion == "none" ? 0.0 : 20.0;
  params.sigma_hu = between(1.15, 1.7);
  params.beta_hu = between(-15, 25);
  params.vbmd_mg_cm3 = between(50, 180);
  ct_phantom::Pad pad;
  pad.phantom = phantom;
  pad.shift_left_mm = between(-10, 10);
  do {
    pad.matrix_hu = between(-40, 110);
  } while (!stands_out(params, phantom, pad.matrix_hu));
  if (distortion == "turned" || all) pad.turn_deg = between(-7, 7);
  if (distortion == "tilted" || all) {
    pad.tilt_deg = between(-6, 6);
    pad.yaw_deg = between(-8, 8);
  }
  if (distortion == "reversed" || (all && seed % 2 == 0)) pad.reversed = true;
  if (distortion == "other size" || all) pad.scale = between(0.8, 1.3);
  if (distortion == "no couch") params.couch = false;
  if (distortion == "thick slices") {
    params.pitch_mm = 5.0;
    params.slices = 14;
  }
  if (distortion == "cupping 10 HU" || all) params.cupping_hu = 10.0;
  if (distortion == "cupping 40 HU") params.cupping_hu = 40.0;
  if (distortion == "hardening") params.hardening = 0.05;
  if (distortion == "metal") params.metal = true;
  if (distortion == "two rods changed") {
    // Rods of about the same value may lie as they like.
    const auto rods = static_cast<double>(phantom.rods.size());
    std::size_t a = 0;
    do {
      a = static_cast<std::size_t>(between(0, rods - 1.0));
    } while (std::fabs(phantom.rods[a].density_mg_cm3 - phantom.rods[a + 1].density_mg_cm3) < 1.0);
    pad.swapped = {static_cast<int>(a) + 1, static_cast<int>(a) + 2};
  }
  const double half_mm = 0.5 * params.columns * params.pixel_mm;
  const double left_mm = pad.shift_left_mm - 0.5 * width_mm(phantom);
  if (distortion == "first rod outside") params.centre_left_mm = left_mm + 2.0 + half_mm;
  if (distortion == "last rod outside") params.centre_left_mm = left_mm + width_mm(phantom) - 2.0 - half_mm;
  if (distortion != "body only") params.pad = pad;
  return params;
}

}  // namespace ledd::accuracy
