#pragma once
#include <cstdint>
#include <vector>

#include "ledd/knee_phantom/params.h"

#include "bones.h"
#include "tissue.h"

namespace ledd::knee_phantom {

struct Sample {
  Tissue tissue = Tissue::kAir;
  std::uint16_t label = 0;
};

/// One leg with its pose.
class Leg {
 public:
  Leg(const KneeParams& params, anatomy::Side side);

  Sample at(const Vec& p_lps_mm) const;
  Vec lps_of(const Vec& p_leg) const;
  const Vec& centre_lps_mm() const { return centre_; }
  double medial_mm() const { return medial_mm_; }

 private:
  Vec leg_of(const Vec& p_lps_mm) const;
  Sample bone_or_cartilage(const Vec& p) const;
  Sample soft(const Vec& p) const;
  Sample meniscus(const Vec& p) const;
  bool is_void(const Vec& p) const;

  KneeParams params_;
  double mirror_ = 1.0;  ///< LPS x of lateral.
  double medial_mm_ = 0.0;
  Vec centre_;
  std::array<Vec, 3> axes_;  ///< Lateral, anterior, superior in LPS.
};

/// All that is in the scanner.
class Scene {
 public:
  explicit Scene(const KneeParams& params);
  Sample at(const Vec& p_lps_mm) const;
  const Leg& leg() const { return legs_.front(); }

 private:
  std::vector<Leg> legs_;
};

}  // namespace ledd::knee_phantom
