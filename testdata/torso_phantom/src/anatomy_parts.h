#pragma once
#include <vector>

#include "ledd/lumbar_phantom/spine.h"
#include "ledd/torso_phantom/torso_phantom.h"

#include "solid.h"

namespace ledd::torso_phantom {

/// What all the parts are built upon.
struct Frame {
  phantom::Spine spine;  ///< In the patient's space: L3 at (0, -8, 0) or further in front.
  Params params;
  Vec head_right, head_left;  ///< Centres of the femoral heads.

  const phantom::Body& body(std::size_t from_t8) const { return spine.bodies[spine.t8 + from_t8]; }
  const phantom::Body& s1() const { return body(phantom::kFromT8ToS1); }
  double vbmd_mg_cm3(std::size_t index) const;  ///< Of the body with this index.
  double hu_of(double density_mg_cm3) const {
    return params.scan.beta_hu + params.scan.sigma_hu * density_mg_cm3;
  }
  double soft(double plain_hu, double contrast_hu) const {
    return params.body.contrast ? contrast_hu : plain_hu;
  }
};
Frame make_frame(const Params& params);

inline constexpr double kHeadRadiusMm = 24.0;
inline constexpr double kCortexHu = 1150.0, kFatHu = -100.0, kMuscleHu = 52.0, kAirHu = -1000.0;

/// Of a body with its shell; the posterior wall is hollowed for the canal.
double body_distance_mm(const phantom::Body& body, const Vec& p);

/// Solids in the order in which they are painted.
using Solids = std::vector<Solid>;
void add_soft_tissue(const Frame& frame, Solids& out);  ///< Organs, vessels, muscles round the spine.
void add_vertebrae(const Frame& frame, Solids& out);    ///< Discs, canal, vertebrae, ribs.
void add_pelvis(const Frame& frame, Solids& out);       ///< Sacrum and hip bones.
/// A femur, with the metal that replaces its head when it has one.
void add_femur(const Frame& frame, bool right, Solids& out);
Solid femur(const Frame& frame, bool right);
FemurTruth femur_truth(const Frame& frame, bool right);

/// Metal and where its streaks come from.
struct Metal {
  Solid solid;
  Vec from, to;  ///< Streaks lie in the slices between.
};
std::vector<Metal> metal_of(const Frame& frame);

}  // namespace ledd::torso_phantom
