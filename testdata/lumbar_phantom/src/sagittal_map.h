#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "ledd/lumbar_phantom/spine.h"
#include "ledd/phantom_base/vec.h"

namespace ledd::phantom {

/// Coordinates that follow the spine: how far down along the line of the posterior walls, how far behind it.
class SagittalMap {
 public:
  struct At {
    double down_mm = 0;    ///< Arc length; grows downwards.
    double behind_mm = 0;  ///< + behind the posterior walls, - in the bodies.
  };
  explicit SagittalMap(const Spine& spine);

  At at(double y, double z) const;
  /// Left of the midline plane of the spine at this height.
  double lateral_mm(double down_mm) const {
    const double at = down_mm < 0 ? 0 : down_mm;
    const auto i = static_cast<std::size_t>(at);
    if (i + 1 >= lateral_.size()) return lateral_.back();
    return lateral_[i] + (at - static_cast<double>(i)) * (lateral_[i + 1] - lateral_[i]);
  }
  /// The arc length of the middle of a body's posterior wall.
  double body_down_mm(std::size_t body) const { return body_down_mm_[body]; }
  double length_mm() const { return down_.back(); }
  /// The last body whose middle is above this height; 0 above the first.
  std::size_t body_above(double down_mm) const;
  /// Posterior coordinate of the line at height z; the upper branch where there are several.
  double line_y(double z) const;

 private:
  At nearest(double y, double z) const;
  void tabulate();
  double lateral_at(double down_mm) const;

  static constexpr double kStepMm = 2.5, kLowY = -230, kHighY = 230, kLowZ = -420, kHighZ = 420,
                          kHighZOfHead = 640;
  std::size_t rows_;  ///< Of the table.
  std::vector<Vec> line_;
  std::vector<double> down_;
  std::vector<double> lateral_;  ///< Per millimetre of arc length.
  std::vector<double> body_down_mm_;
  std::vector<At> table_;
};

}  // namespace ledd::phantom
