#pragma once
#include <array>
#include <span>
#include <vector>

#include "ledd/marrow_signal/modic.h"
#include "ledd/spine_signal/spine_signal.h"

namespace ledd::modic {

/// One body ready for judgement: voxels that may be judged, with their z in each image.
struct Judged {
  std::vector<spine_signal::MarrowVoxel> voxels;  ///< Beyond the skipped layers, outside the vein; ascending.
  std::vector<float> t1_z, t2_z;                  ///< t1_z is empty without T1.
};

/// What exceeds the threshold along one endplate.
struct Change {
  std::array<double, 5> volume_cm3{};  ///< Index: Modic::Type.
  std::array<double, 5> depth_mm{};
  std::array<std::vector<spine_signal::Offset>, 5> voxels;
  bool t2_dark = false;  ///< Of the undetermined: darker, not brighter.
};

/// The thickness of the layer that is not judged, for these pixels.
double skipped_mm(const spine_signal::Slices& slices, const Modic::Params& params);

Judged judged(const spine_signal::Slices& slices,
              const spine_signal::Marrow& body,
              const std::vector<float>& t2,
              const std::vector<float>* t1,
              const Modic::Params& params);

Change changes(const spine_signal::Slices& slices,
               const spine_signal::Marrow& body,
               const Judged& judged,
               bool superior,
               const Modic::Params& params);

}  // namespace ledd::modic
