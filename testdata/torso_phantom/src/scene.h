#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "anatomy_parts.h"
#include "trunk.h"

namespace ledd::torso_phantom {

/// Everything but noise: HU at a point of the scan's space.
class Scene {
 public:
  explicit Scene(const Params& params);

  double hu(const Vec& p_lps_mm) const;
  std::uint16_t body_id(const Vec& p_lps_mm) const;   ///< 0: in no body.
  std::uint16_t femur_id(const Vec& p_lps_mm) const;  ///< 0: in no femur, or in metal.
  const Frame& frame() const { return frame_; }
  Vec scan_of(const Vec& p_patient) const;
  Vec turned(const Vec& direction) const;  ///< From the patient's space to the scan's.
  std::vector<ct_phantom::RodTruth> rods() const;

 private:
  Vec patient_of(const Vec& p_lps_mm) const;
  void fill_grid();
  const std::vector<std::uint16_t>& near(const Vec& p) const;
  double streaks(const Vec& p) const;

  Frame frame_;
  Trunk trunk_;
  Solids solids_;
  std::vector<Solid> femora_;
  std::vector<Metal> metal_;
  std::optional<ct_phantom::PadSolid> pad_;
  std::vector<std::vector<std::uint16_t>> grid_;  ///< Solids by cell, in their order.
  std::array<Vec, 3> axes_;                       ///< The patient's x, y, z in the scan's space.
  double blur_mm_ = 1.0;
  std::uint64_t texture_key_ = 0;
};

/// LPS z of the lowest and highest slice that the region asks for.
std::array<double, 2> extent_mm(const Frame& frame);

}  // namespace ledd::torso_phantom
