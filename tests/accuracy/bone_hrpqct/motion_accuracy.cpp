// Prints the sharpness of the outline and the estimated grade of drawn bones that jumped in the middle of the
// scan: both places, half each. docs/bone-hrpqct.md, section Motion.
#include <fmt/format.h>

#include "ledd/scan_motion/scan_motion.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "jumped.h"

int main() {
  using namespace ledd;  // NOLINT(google-build-using-namespace): a program
  fmt::print("| cortex (mm) | voxel (um) | jump (mm) | sharpness | grade |\n|---|---|---|---|---|\n");
  for (const double cortex_mm : {0.5, 0.9})
    for (const double voxel_mm : {0.0607, 0.082}) {
      phantom::XctPhantom p;
      p.cortex_mm = cortex_mm;
      p.voxel_mm = voxel_mm;
      p.slices = 24;
      p.margin_mm = 1.2;
      const auto bone = phantom::draw(p);
      for (const double jump_mm : {0.0, 0.06, 0.12, 0.18, 0.25, 0.5}) {
        Context context({}, 2);
        const auto motion =
            scan_motion(*phantom::jumped(*bone.density_mg_per_cm3, 0.8 * jump_mm, 0.6 * jump_mm),
                        *bone.periosteal,
                        context);
        fmt::print("| {} | {:.0f} | {} | {:.2f} | {} |\n",
                   cortex_mm,
                   1000.0 * voxel_mm,
                   jump_mm,
                   motion.sharpness_ratio,
                   motion.grade);
      }
    }
}
