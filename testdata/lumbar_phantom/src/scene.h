#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ledd/lumbar_phantom/spine.h"

#include "sagittal_map.h"
#include "tissue.h"

namespace ledd::phantom {

/// What is at a point: `mix` of the second tissue in the first, and the id of the structure, 0 for none.
struct Sample {
  Tissue first = Tissue::kAir;
  Tissue second = Tissue::kAir;
  float mix = 0;
  std::uint16_t label = 0;
};

/// How far to the side the pedicles of a body are; `body` is its index in Spine::bodies.
inline double pedicle_mm(const Spine& spine, std::size_t body) {
  const std::size_t l1 = spine.t8 + kFromT8ToL1;
  return 12.0 + (body > l1 ? 0.9 * static_cast<double>(body < l1 + 5 ? body - l1 : 5) : 0.0);
}

/// A cube of smooth chance, repeated through space.
class Texture {
 public:
  explicit Texture(std::uint64_t key);
  /// In [0, 1]; coordinates in cells.
  double at(double x, double y, double z) const;

 private:
  std::vector<float> cells_;
};

/// The dural sac across its course.
struct SacSection {
  double front_mm = 0, half_depth_mm = 0, half_width_mm = 0;
};

/// The whole body as a function of position.
class Scene {
 public:
  explicit Scene(const SpineParams& params, const MuscleParams& muscles = {});

  Sample at(const Vec& p) const;
  /// at(p).label, sooner where nothing bears a label.
  std::uint16_t label_at(const Vec& p) const;
  const Spine& spine() const { return spine_; }
  const SagittalMap& map() const { return map_; }
  SacSection sac(double down_mm) const;
  /// Where the skin of the back is in the midline at height z.
  double back_y(double z) const;

 private:
  /// A point in the coordinates of the spine.
  struct Spinal {
    double x, down, behind;
    std::size_t above;  ///< Index of the body above.
  };
  std::optional<Sample> column(const Vec& p, const Spinal& q) const;  // bodies and discs
  Sample inside_body(std::size_t body, const Local& q, double distance, const Vec& p) const;
  std::optional<Sample> disc(const Vec& p, std::size_t above) const;
  std::optional<Sample> canal(const Spinal& q) const;
  std::optional<Sample> posterior_bone(const Spinal& q, const Vec& p) const;
  Sample around_canal(const Spinal& q) const;
  std::optional<Sample> torso_wall(const Vec& p) const;
  Sample muscle(const Spinal& q) const;
  /// Labelled muscles and the fat between them, when they are drawn.
  std::optional<Sample> compartment(const Spinal& q) const;
  double streaks(const Spinal& q) const;
  void set_streaks();
  std::optional<Sample> beside_spine(const Spinal& q) const;  // psoas, great vessels
  Sample abdomen(const Vec& p, const Spinal& q) const;
  std::optional<Sample> chest_or_neck(const Vec& p, const Spinal& q) const;
  void shape_neck();
  double level_mm(std::size_t from_t8) const { return map_.body_down_mm(spine_.t8 + from_t8); }
  double body_depth_mm(const Spinal& q) const;
  void shape_torso();
  SacSection sac_at(double down_mm) const;

  SpineParams params_;
  MuscleParams muscles_;
  std::array<double, 3> streak_edge_{};  ///< Multifidus, erector spinae, psoas.
  Spine spine_;
  SagittalMap map_;
  Texture texture_;
  std::vector<double> back_, fascia_, front_, front_fat_, half_width_;  ///< Per millimetre of z.
  std::vector<SacSection> sac_;  ///< Per half millimetre of arc length.
};

}  // namespace ledd::phantom
