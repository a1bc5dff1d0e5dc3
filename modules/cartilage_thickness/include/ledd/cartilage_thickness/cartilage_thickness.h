#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/mesh/mesh.h"

namespace ledd {

/// A bone's surface with the cartilage on it; everything by vertex of `bone`.
struct CartilageLayer {
  std::uint16_t bone_id = 0;
  TriangleMesh bone;                  ///< Its largest connected surface; open where the image cuts the bone.
  std::vector<Point> normals;         ///< Smoothed, out of the bone.
  std::vector<double> area_mm2;       ///< Adds up to the area of the mesh.
  std::vector<std::uint16_t> plate;   ///< Id of the cartilage whose bone area (tAB) this is; 0 elsewhere.
  std::vector<std::uint8_t> covered;  ///< 1 where there is cartilage. Within `plate`, 0 is denuded.
  std::vector<double> thickness_mm;   ///< Along the normal; 0 where denuded, NaN outside tAB.
  std::vector<double> laplace_mm;     ///< Along the streamline; likewise. Empty when not asked for.

  /// What one cartilage label looked like.
  struct Plate {
    std::uint16_t id = 0;
    double volume_mm3 = 0.0;  ///< Of its voxels.
    std::size_t voxels = 0;
    bool at_border = false;            ///< It reaches the first or last voxel along an axis of the image.
    double away_share = 0.0;           ///< Of its voxels, those more than Params::away_mm from its bone area.
    double unmatched_share = 0.0;      ///< Of its vertices, those whose ray did not leave through the surface
                                       ///< near the end of the labels; they have the labels' own extent.
    double no_streamline_share = 0.0;  ///< Of its vertices, those without a streamline; NaN in laplace_mm.
    double enclosed_mm2 = 0.0;         ///< Denuded bone that cartilage encloses.
    double bay_mm2 = 0.0;              ///< Denuded bone that closing added.
  };
  std::vector<Plate> plates;  ///< Those that have voxels, in the order asked for.
};

/// Thickness of the cartilage on one bone at every vertex of the bone's surface.
///
/// Method   Two thick bodies are made of the labels (or probabilities): the bone, and the bone together with
/// its
///          cartilage. Each one's occupancy is smoothed by a Gaussian and its surface taken at 0.5: unlike a
///          smoothed cartilage mask, neither surface moves when the layer is thin. A vertex is covered when
///          the labels along its normal (nearest voxel) show cartilage within `gap_mm` of the bone. Its
///          thickness is the way along the normal, itself averaged over `normal_mm`, from the bone's surface
///          to where the ray leaves the body, next to where the labels end; what is neither bone nor
///          cartilage in between is taken off. Second definition: Laplace's equation between both surfaces,
///          with their sub-voxel positions (Shortley and Weller), and the length of the field line from the
///          vertex.
/// Area     Labels show cartilage, and not where there was some. The bone area (tAB) of a cartilage is what
/// it
///          covers, plus patches that it encloses (up to `enclosed_mm2`), plus bays narrower than twice
///          `bay_mm` (a geodesic closing on the bone). Loss at a plate's margin that is wider is not seen.
/// Source   Eckstein et al., Osteoarthritis Cartilage 14:974, 2006 (names); Jones et al., Hum Brain Mapp
/// 11:12, 2000
///          (Laplace).
/// Limits   A defect narrower than about 2 `sigma_mm` is filled in part. Where cartilages of two bones touch,
/// each is
///          measured with its own bone.
class CartilageThickness {
 public:
  struct Params {
    double sigma_mm = 0.6;         ///< SD of the Gaussian on the bodies.
    double normal_mm = 2.0;        ///< Radius over which normals are averaged.
    double gap_mm = 1.0;           ///< Cartilage may begin this far from its bone.
    double max_mm = 12.0;          ///< A ray is followed this far.
    double bay_mm = 3.0;           ///< Radius of the closing.
    double enclosed_mm2 = 600.0;   ///< Larger uncovered patches are no part of the joint.
    double speck_mm2 = 15.0;       ///< Covered patches below are no part of a plate.
    double away_mm = 12.0;         ///< Cartilage voxels beyond this from their bone are counted as away.
    bool laplace = true;           ///< Also the second definition.
    double laplace_grid_mm = 0.3;  ///< Its grid.
    static const ParamTable<Params>& table();
  };

  /// By label id, on the grid of the labels; either none, or the bone and all its cartilages.
  using Probabilities = std::map<std::uint16_t, const Volume*>;

  explicit CartilageThickness(const Params& params);  ///< @throws Error{kParam}
  CartilageThickness() : CartilageThickness(Params{}) {}

  /// @param cartilages  Ids of the cartilages of `bone`; those without a voxel are left out of the result.
  /// @throws Error{kInput}  there is no voxel of the bone, or of any of its cartilages; a probability is
  /// missing, is
  ///                        on another grid, or not within 0..1.
  CartilageLayer operator()(const Labels& labels,
                            std::uint16_t bone,
                            const std::vector<std::uint16_t>& cartilages,
                            const Probabilities& probabilities,
                            Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
