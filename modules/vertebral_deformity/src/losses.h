#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ledd/vertebral_deformity/level_norms.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd::deformity {

/// How much of one height is lost, as a part of 1.
struct Loss {
  DeformityResult::Type type = DeformityResult::Type::kNone;
  std::optional<double> against_norm;
  std::optional<double> against_neighbours;
  double se = 0.0;
  bool below_norm = true;  ///< Below norm - alarm_sd SD; true where there is no norm.

  bool known() const { return against_norm || against_neighbours; }
  /// Against the norm; where there is none, against the neighbours.
  double value() const { return against_norm ? *against_norm : against_neighbours.value_or(0.0); }
  bool called(double min_loss) const;
};

/// One body as the comparison sees it.
struct Candidate {
  const DeformityResult::Body* body = nullptr;  ///< Null: not measured.
  std::optional<LevelNorm> norm;
  bool reference = false;  ///< Whether neighbours may be compared with it.

  double hp_mm() const { return body->bands.hp.value_mm; }
  double ha_hp() const { return body->six.ha.value_mm / body->six.hp.value_mm; }
  double hm_hp() const { return body->six.hm.value_mm / body->six.hp.value_mm; }
  /// Ha/Hp or Hm/Hp of the bands lies below norm - `sd` SD; true without a norm.
  bool low_ha_hp(double sd) const;
  bool low_hm_hp(double sd) const;
};

/// Compares every body with its level's norm and its neighbours.
class Losses {
 public:
  Losses(const std::vector<DeformityResult::Body>& bodies, const VertebralDeformity::Params& params);

  bool has_norm(std::size_t i) const { return candidates_[i].norm.has_value(); }
  const std::optional<LevelNorm>& norm(std::size_t i) const { return candidates_[i].norm; }
  /// Indices of the bodies that body i is compared with, from head to foot; at most one on each side.
  std::vector<std::size_t> neighbours(std::size_t i) const;
  Loss wedge(std::size_t i) const;
  Loss biconcave(std::size_t i) const;
  Loss crush(std::size_t i) const;

 private:
  template <class Normed>
  Loss ratio_loss(std::size_t i, DeformityResult::Type type, const Normed& normed) const;
  void choose_references();

  std::vector<Candidate> candidates_;
  double min_loss_, alarm_sd_;
};

}  // namespace ledd::deformity
