#pragma once
#include <string>
#include <vector>

#include "ledd/axspa_layout/axspa_layout.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/disc_morphometry/disc_morphometry.h"
#include "ledd/disc_signal/disc_signal.h"
#include "ledd/image/image.h"
#include "ledd/marrow_signal/marrow_signal.h"
#include "ledd/measurement/outcome.h"
#include "ledd/mr_weighting/mr_weighting.h"
#include "ledd/paraspinal_muscle/paraspinal_muscle.h"
#include "ledd/rigid_alignment/rigid_alignment.h"
#include "ledd/spinal_canal/spinal_canal.h"
#include "ledd/spine_alignment/spine_alignment.h"
#include "ledd/spine_morphometry/spine_morphometry.h"
#include "ledd/spine_mri/body_finder.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd {

/// The series of one examination that SpineMri works on, in one frame of reference. Images are not owned.
struct SpineStudy {
  struct Series {
    const Volume* image = nullptr;
    MrWeighting weighting;  ///< From the header; unknown for an image file.
    std::string name;       ///< For people.
  };
  Series scan;                    ///< What is segmented; its grid is that of the results.
  std::vector<Series> contrasts;  ///< The same region in other weightings.
  std::vector<Series> counting;   ///< Reach further, so that vertebrae can be counted on them.
  std::vector<Series> axial{};    ///< Cut the same region across: T2, T1, water and fat.
};

/// Vertebral bodies, discs and dural sac of one spine MRI, named from the sacrum and measured.
///
/// Method   bias: even out the coil's fall-off -> segmentation: bodies and discs one by one (BodyFinder: by
/// the network, or the classical method) -> levels: count up from
///          S1, on a series that reaches further where this one leaves doubt -> morphometry, discs, sac,
///          canal, deformity, alignment: geometry -> contrasts: other series brought onto this grid ->
///          signal: what each weighting shows of discs and marrow -> axial: canal and muscles on axial
///          series. Each step is described in its own module.
/// Limits   Levels assume five lumbar vertebrae; every endpoint that carries a level which is not certain is
/// marked
///          uncertain with the reason.
class SpineMri {
 public:
  struct Params {
    BiasField::Params bias;
    BodyFinder::Params bodies;
    SpineSegmentation::Params segmentation;
    ClassicalVertebrae::Params classical;
    VertebraLevels::Params levels;
    SpineMorphometry::Params morphometry;
    DiscMorphometry::Params discs;
    DuralSac::Params sac;
    CanalMorphometry::Params canal;
    VertebralDeformity::Params deformity;
    SpineAlignment::Params alignment;
    RigidAlignment::Params contrasts;
    DiscSignal::Params disc_signal;
    Vbq::Params vbq;
    Modic::Params modic;
    AxspaLayout::Params axspa;
    AxialSac::Params axial_sac;
    ParaspinalMuscle::Params muscles;
    static const ParamTable<Params>& table();
  };

  /// What the endpoints were read from.
  struct Geometry {
    SpineMorphometry::Result bodies;
    DiscMorphometry::Result discs;
    CanalMorphometry::Result canal;
    VertebralDeformity::Result deformity;
    SpineAlignment::Result alignment;
  };

  struct Result {
    Outcome outcome;  ///< Labels on the scan's grid; ids of ledd::anatomy.
    Geometry geometry;
    bool levels_certain = false;
    std::vector<VertebraLevels::Level> levels;  ///< From head to foot; empty where levels were given.
  };

  /// @param onnx  The bytes of the spine network; see tools/train/spine.
  /// @throws Error{kParam, kFormat}
  SpineMri(const Params& params, std::string onnx);

  /// @param study  MR, the scan of sagittal slices (nearest to), at least 5, in-plane 0.2 to 2 mm, at most 10
  /// mm apart.
  /// @throws Error{kInput}  the scan is not such a stack, or there is no row of vertebral bodies in it
  ///                        that can be trusted.
  Result operator()(const SpineStudy& study, Context& context) const;
  Result operator()(const Volume& scan, Context& context) const {
    return (*this)(SpineStudy{{&scan, {}, ""}, {}, {}}, context);
  }

  /// Measures what somebody else segmented; levels are taken as given. Signal needs `study.scan.image`, which
  /// may be null; the sac is looked for in it when `labels` holds none.
  /// @param labels  Ids of ledd::anatomy, on the grid of the scan.
  /// @throws Error{kInput}  no vertebral body among the labels.
  Result measure(const Labels& labels, const SpineStudy& study, Context& context) const;
  Result measure(const Labels& labels, Context& context) const {
    return measure(labels, SpineStudy{}, context);
  }

  /// Every endpoint that can occur in the outcome.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  struct Soft {
    const Volume *body = nullptr, *disc = nullptr, *sac = nullptr;
  };
  VertebraLevels::Result name_levels(const SpineSegmentation::Result& found,
                                     const SpineStudy& study,
                                     Context& context) const;
  void measure_geometry(Result& result, const Volume* flat, const Soft& soft, Context& context) const;
  void measure_signal(Result& result, const Volume* flat, const SpineStudy& study, Context& context) const;

  Params params_;
  BiasField bias_;
  BodyFinder find_bodies_;
};

}  // namespace ledd
