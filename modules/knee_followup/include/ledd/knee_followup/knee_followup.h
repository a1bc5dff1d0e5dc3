#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"

namespace ledd {

/// p' = rotation p + shift, in patient coordinates of two visits.
struct BoneMotion {
  std::array<Point, 3> rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};  ///< Rows.
  Point shift_mm{};
  Point operator()(const Point& p) const;
};

/// Brings one bone surface onto another: closest points with the worst left out, least squares, repeated.
struct BoneAlignment {
  BoneMotion baseline_from_followup;
  double residual_mm = 0.0;  ///< Root mean square distance of the points kept.
};
/// @param kept  Share of the points used; the rest lies where only one of the images shows the bone, or it
/// changed.
/// @throws Error{kInput}  a mesh without points.
BoneAlignment align_bones(const TriangleMesh& baseline,
                          const TriangleMesh& followup,
                          const BoneMotion& start,
                          double kept);

/// Change of the cartilage between two visits of one knee.
///
/// Method   Femur, tibia and patella are registered each on its own by their surfaces. The baseline's regions
/// are
///          carried to the bone surface of the follow-up, so that both visits are measured over the same
///          bone; what is bare there at follow-up counts as 0. The change map stands on the baseline's
///          surface.
/// Limits   Bone that grew (spurs) moves the surface; the residual tells.
class KneeFollowup {
 public:
  struct Params {
    double kept = 0.8;             ///< Share of the surface used to register.
    double max_residual_mm = 0.8;  ///< Above, it is not the same bone.
    double max_carry_mm = 3.0;     ///< A region is carried no farther.
    static const ParamTable<Params>& table();
  };
  struct Bone {
    std::uint16_t id = 0;
    std::string refusal;  ///< Why there is no change; empty when there is.
    BoneAlignment alignment;
    std::vector<std::uint16_t> regions;  ///< Baseline's, by vertex of the follow-up's layer.
    std::vector<double> change_mm;       ///< By vertex of the baseline's layer; NaN outside tAB.
  };
  struct Change {
    knee::RegionValues baseline, followup;
  };
  struct Result {
    anatomy::Side side = anatomy::Side::kRight;
    std::vector<Bone> bones;  ///< In the order of the baseline's layers.
    std::map<std::string, Change, std::less<>> changes;
    std::map<std::uint16_t, CartilageResult::Doubt> doubts;  ///< By cartilage; of either visit.
  };

  explicit KneeFollowup(const Params& params);  ///< @throws Error{kParam}
  KneeFollowup() : KneeFollowup(Params{}) {}

  /// @throws Error{kInput}  a right and a left knee; no bone that both visits show.
  Result operator()(const CartilageResult& baseline, const CartilageResult& followup, Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

std::vector<Measurement> measurements(const KneeFollowup::Result& result);

}  // namespace ledd
