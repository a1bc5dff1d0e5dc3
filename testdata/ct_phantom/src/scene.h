#pragma once
#include <vector>

#include "ledd/ct_phantom/ct_phantom.h"
#include "ledd/phantom_base/vec.h"

namespace ledd::ct_phantom {

/// Everything but noise: HU at a point of the patient's space.
class Scene {
 public:
  explicit Scene(const Params& params);

  double hu(const phantom::Vec& p) const;
  /// Of the vertebra's inside: negative within, mm about right.
  double vertebra_distance_mm(const phantom::Vec& p) const;
  const std::vector<RodTruth>& rods() const { return rods_; }

 private:
  void place_pad();
  double paint_body(const phantom::Vec& p, double hu) const;
  double paint_pad(const phantom::Vec& p, double hu) const;
  double paint_metal(const phantom::Vec& p, double hu) const;

  Params params_;
  double vertebra_hu_ = 0.0;
  phantom::Vec pad_centre_, across_, through_, along_;  ///< The pad's frame.
  double half_width_mm_ = 0.0, half_height_mm_ = 0.0;
  std::vector<RodTruth> rods_;
  std::vector<phantom::Vec> rod_in_pad_;
};

}  // namespace ledd::ct_phantom
