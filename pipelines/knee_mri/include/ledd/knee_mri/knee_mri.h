#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/knee_orientation/knee_orientation.h"
#include "ledd/knee_orientation/knee_side.h"
#include "ledd/knee_segmentation/knee_segmentation.h"
#include "ledd/knee_shape/knee_shape.h"
#include "ledd/measurement/outcome.h"
#include "ledd/meniscus_morphometry/meniscus_morphometry.h"

namespace ledd {
namespace knee_mri {
struct ShapeView;
}

/// The images of one examination that KneeMri works on. Not owned.
struct KneeStudy {
  std::vector<const Volume*> echoes;  ///< One image, or the echoes of one series on one grid.
  SideHints hints;                    ///< What the header tells of the side.
};

/// Bones, cartilages and menisci of the knee or knees in one MRI, and the cartilage's morphology.
///
/// Method   orientation: the sagittal working order, two knees parted -> segmentation: bones, cartilages,
///          menisci -> side: tags held against the anatomy, then the plates are named -> shape: cartilage
///          where no learned knee has any is taken out, unlike bones are flagged -> morphometry:
///          thickness, areas and volume by region, from the network's probabilities (sub-voxel) -> menisci:
///          volume, extrusion, coverage. Each step is described in its own module.
/// Limits   The network learned from drawn images only, and no scan with an expert's masks was at hand to
///          judge it by: docs/knee-segmentation.md.
class KneeMri {
 public:
  struct Params {
    KneeOrientation::Params orientation;
    KneeSegmentation::Params segmentation;
    KneeShape::Params shape;
    CartilageMorphometry::Params morphometry;
    MeniscusMorphometry::Params menisci;
    double max_slice_mm = 1.6;  ///< Slices farther apart make thickness uncertain.
    static const ParamTable<Params>& table();
  };

  /// One knee of the image.
  struct Knee {
    std::optional<anatomy::Side> side;
    std::string doubt;  ///< Of everything measured on it; empty when there is none.
    std::string limit;  ///< What the scan's slices limit of it, inherently; empty when they are near enough.
    CartilageMorphometry::Result cartilage;
    MeniscusMorphometry::Result menisci;
  };

  struct Result {
    Outcome outcome;  ///< On the scan's grid: labels of all knees; maps "thickness", "cartilage-regions".
    std::vector<Knee> knees;  ///< The patient's right one first.
  };

  /// @param shape  The bytes of the knee shape model; empty: nothing is held against learned shapes.
  /// @throws Error{kParam, kFormat}
  KneeMri(const Params& params, KneeNetworks networks, const std::string& shape = "");

  /// @throws Error{kInput}  no knee, a part of one, metal, a side that contradicts the anatomy, echoes of
  ///                        different geometry; the message says which.
  Result operator()(const KneeStudy& study, Context& context) const;

  /// Measures what somebody else segmented; which plate is medial is taken as given. Two knees are parted by
  /// part_knees(), and their sides are those of their places.
  /// @param labels  Ids of ledd::anatomy, of one knee or both; on the grid of the scan where there is one.
  /// @throws Error{kInput}  no cartilage with its bone, a part of a knee, or the side contradicts the plates.
  Result measure(const Labels& labels, const KneeStudy& study, Context& context) const;

  /// Every endpoint that can occur in the outcome.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  /// What the learned shape says goes to the knee's values and doubts.
  void conclude_shape(const knee_mri::ShapeView& view, Knee& knee, Outcome& outcome) const;
  /// Adds one knee's measurements and pictures. `own`: its labels on the scan's grid.
  void conclude(const Knee& knee, const Labels& own, bool one_of_two, Outcome& outcome) const;

  Params params_;
  KneeOrientation orient_;
  KneeSegmentation segment_;
  std::optional<KneeShape> shape_;
  CartilageMorphometry morphometry_;
  MeniscusMorphometry menisci_;
};

}  // namespace ledd
