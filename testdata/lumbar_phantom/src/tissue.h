#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "ledd/lumbar_phantom/params.h"

namespace ledd::phantom {

enum class Tissue : std::uint8_t {
  kAir,
  kSkin,
  kFat,
  kMuscle,
  kMarrow,
  kCortex,
  kNucleus,
  kAnnulus,
  kFluid,
  kNerve,
  kVessel,
  kVein,
  kBowel,
  kOrgan,
  kLigament,
  kCount
};

/// The signal of a full voxel before coil and noise; water and fat apart, for the chemical shift. Signed in
/// inversion recovery.
struct Signal {
  double water = 0, fat = 0;
};

struct Timing {
  double tr_ms = 0, te_ms = 0, ti_ms = 0;  ///< ti 0: spin echo.
  bool density = false;                    ///< A gradient echo of so small an angle that T1 does not show.
};

/// The timing in force: the contrast's own where the parameters say 0.
Timing timing_of(const ScanParams& params);

/// Signal per tissue, scaled so that the brightest has magnitude 1.
std::array<Signal, static_cast<std::size_t>(Tissue::kCount)> signals(const Timing& timing);

}  // namespace ledd::phantom
