#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/cartilage_morphometry/knee_regions.h"
#include "ledd/cartilage_thickness/cartilage_thickness.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd {

/// Directions of a knee, from its own bones; unit vectors in patient coordinates.
struct KneeAxes {
  Point medial{}, anterior{}, superior{};
  Point centre_lps_mm{};  ///< Between the tibial plates.
  anatomy::Side side = anatomy::Side::kRight;
  std::string doubt;  ///< What of it was taken from the scanner's axes, and why; empty when nothing was.
};

/// Where the femur was divided, along `KneeAxes::anterior` (mm, from the centre) and medially.
struct FemurLandmarks {
  double notch_mm = 0.0;                             ///< Front edge of the intercondylar notch.
  double middle_mm = 0.0;                            ///< Medial coordinate of the notch's middle.
  double medial_end_mm = 0.0, lateral_end_mm = 0.0;  ///< Posterior ends of the condyles.
  KneeAxes axes;                                     ///< The femur's own, by its posterior condyles.
};

/// What CartilageMorphometry found.
struct CartilageResult {
  KneeAxes axes;
  std::vector<CartilageLayer> layers;               ///< Femur, tibia, patella: those that could be measured.
  std::vector<std::vector<std::uint16_t>> regions;  ///< For each layer, knee::Region by vertex.
  std::optional<FemurLandmarks> femur;
  std::map<std::string, knee::RegionValues, std::less<>> values;  ///< By name of the region set.
  struct Doubt {
    Quality quality = Quality::kGood;
    std::string reason;
    bool inherent = false;
  };
  std::map<std::uint16_t, Doubt> cartilages;         ///< By label id: of everything measured on it.
  std::map<std::uint16_t, std::string> area_doubts;  ///< Of its tAB and what rests on it, by label id.
  std::string no_learned_area = "no learned shape was given";  ///< Why there is no tAB_shape.
  Labels::Pointer region_map;     ///< On the source grid: knee::Region of every cartilage voxel.
  Volume::Pointer thickness_map;  ///< Likewise: thickness at the nearest bone; 0 where there is no cartilage.
};

/// Thickness, area and volume of the cartilage of one knee, in regions.
///
/// Method   CartilageThickness on each bone; regions on the bone surface: see docs/cartilage-morphometry.md.
/// Axes
///          are the normal of both tibial plates and the line between their centres; which plate is medial
///          is told by the labels, and with the patient's axes that tells the side.
/// Source   Eckstein et al., Osteoarthritis Cartilage 14:974, 2006 (names); Wirth and Eckstein, IEEE Trans
/// Med Imaging
///          27:737, 2008 (sub-regions).
/// Limits   As CartilageThickness. The knee is taken to be straight.
class CartilageMorphometry {
 public:
  struct Params {
    CartilageThickness::Params thickness;
    double weight_bearing = 0.75;  ///< Part of the way from the notch to the condyle's posterior end.
    double central_share = 0.20;   ///< Of a tibial plate's area.
    double max_away = 0.02;        ///< Share of voxels away from the bone above which a plate is uncertain.
    double max_bay = 0.05;         ///< Share of tAB that closing may add before it is uncertain.
    double min_plate_mm2 = 150.0;  ///< A smaller plate is uncertain.
    static const ParamTable<Params>& table();
  };
  using Result = CartilageResult;

  explicit CartilageMorphometry(const Params& params);  ///< @throws Error{kParam}
  CartilageMorphometry() : CartilageMorphometry(Params{}) {}

  /// @param labels         201..207 of one knee.
  /// @param probabilities  Empty, or of all of those that have voxels, by id.
  /// @param side           What the header or the user says, when it is known: a contradiction is refused.
  /// @throws Error{kInput}  no cartilage with its bone; the side contradicts the anatomy; the patella lies
  /// behind.
  Result operator()(const Labels& labels,
                    const CartilageThickness::Probabilities& probabilities,
                    std::optional<anatomy::Side> side,
                    Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Counts as once covered the bare bone that hangs together with a plate's tAB over vertices where cartilage
/// is likely (patches of at least 15 mm2), and gives it to the regions it borders on: RegionValues gets
/// learned_tab_mm2. Nothing else changes.
/// @param probability  By vertex of the layer: share of knees with this cartilage there; NaN is not likely.
/// @param least        From this share on.
/// @throws Error{kInput}  not one probability for each vertex.
void add_learned_area(CartilageResult& result,
                      std::size_t layer_number,
                      std::uint16_t plate,
                      const std::vector<double>& probability,
                      double least);

/// Every region with every endpoint: measured, uncertain or failed with its reason.
std::vector<Measurement> measurements(const CartilageResult& result);

/// A bone's thickness laid flat, as an image of one slice with NaN where there is no bone of a joint.
struct FlatMap {
  std::string name;       ///< "tibia", "femur", "patella".
  Volume::Pointer image;  ///< 0.5 mm pixels; its coordinates are mm along the two directions.
  std::string right, up;  ///< What the first and the second axis run towards: "medial", "anterior".
};

/// Tibia: on the plateau's plane. Femur: unrolled from the cylinder that fits its condyles, from the trochlea
/// over the distal to the posterior surface; up is towards the front. Patella: on its plane, seen from
/// behind.
/// @param values  By vertex of the layer; NaN is left out.
FlatMap flat_map(const CartilageResult& result, std::size_t layer, const std::vector<double>& values);

}  // namespace ledd
