#pragma once
#include <optional>
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
  std::vector<RodTruth> rods() const { return pad_ ? pad_->rods() : std::vector<RodTruth>{}; }

 private:
  double paint_body(const phantom::Vec& p, double hu) const;
  double paint_metal(const phantom::Vec& p, double hu) const;

  Params params_;
  double vertebra_hu_ = 0.0;
  std::optional<PadSolid> pad_;
};

}  // namespace ledd::ct_phantom
