#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/density_calibration/find_calibration_phantom.h"
#include "ledd/density_calibration/internal_calibration.h"
#include "ledd/density_calibration/stored_calibration.h"
#include "ledd/hip_density/hip_density.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/proximal_femur/femur_regions.h"
#include "ledd/proximal_femur/proximal_femur.h"
#include "ledd/spine_morphometry/spine_morphometry.h"
#include "ledd/spine_segmentation/spine_segmentation.h"
#include "ledd/vertebra_levels/vertebra_levels.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"
#include "ledd/vertebral_density/lumbar_mean.h"
#include "ledd/vertebral_density/vertebral_density.h"
#include "ledd/vertebral_surface/vertebral_surface.h"

namespace ledd {

/// Calibrated density of vertebral bodies and proximal femora on CT.
///
/// Method   spine: the trunk's middle, resampled to sagittal slices and windowed, is given to the spine
/// network
///          (SpineSegmentation), whose bodies lie within the cortex; VertebraLevels names them. surface: from
///          there to the cortex on the scan itself (VertebralSurface), or labels that were given.
///          morphometry, deformity: heights and fractures. calibration: a phantom in the scan, or a stored
///          one of the same protocol, or the patient's own tissues, or none. density: VertebralDensity,
///          LumbarMean.
/// Limits   Those of the steps; docs/bone-qct.md.
class BoneQct {
 public:
  enum class Calibration {
    kAuto,      ///< A phantom in the scan, else the stored one if given, else the tissues, else none.
    kPhantom,   ///< In the scan.
    kStored,    ///< Of a phantom scan with the same protocol.
    kInternal,  ///< By the patient's own tissues.
    kNone,      ///< HU only.
  };

  enum class Bones { kAll, kSpine, kHips };
  enum class DensityMap { kNone, kBones };

  /// What a study's protocol asks of every scan; 0 or empty: not checked.
  struct Protocol {
    double tube_kv = 0.0;
    double max_slice_mm = 0.0;
    std::string kernel;
    static const ParamTable<Protocol>& table();
  };

  struct Params {
    Calibration calibration = Calibration::kAuto;
    Bones bones = Bones::kAll;
    DensityMap density_map = DensityMap::kNone;  ///< Of the bones' voxels, where there is a calibration.
    std::string phantom;                         ///< Name in the table; empty: any that can be told apart.
    Protocol protocol{};
    FindCalibrationPhantom::Params rods{};
    InternalCalibration::Params tissues{};
    ApplyStoredCalibration::Params stored{};
    SpineSegmentation::Params segmentation{};
    VertebraLevels::Params levels{};
    VertebralSurface::Params surface{};
    SpineMorphometry::Params morphometry{};
    VertebralDeformity::Params deformity{};
    VertebralDensity::Params vertebrae{};
    ProximalFemur::Params femur{};
    FemurRegions::Params femur_regions{};
    HipDensity::Params hip_density{};
    static const ParamTable<Params>& table();
  };

  struct Study {
    const Volume* scan = nullptr;               ///< Never null: HU.
    CtProtocol protocol{};                      ///< From the header; empty for an image file.
    std::string contrast_agent{};               ///< As stated.
    const Labels* labels = nullptr;             ///< On the same grid; null: bodies are found.
    std::optional<StoredCalibration> stored{};  ///< Of another scan.
    std::vector<CalibrationPhantom> phantoms = known_phantoms();
  };

  /// What was found of the spine.
  struct Spine {
    SpineMorphometry::Result geometry;
    VertebralDeformity::Result deformity;
    VertebralDensity::Result density;
    std::vector<VertebraLevels::Level> levels;  ///< Empty where labels were given.
    std::vector<VertebralSurface::Body> surfaces;
  };

  struct Result {
    Outcome outcome;
    std::optional<Spine> spine;
    DensityScale scale;
    LumbarMean mean;
  };

  /// @param onnx  The bytes of the spine network.
  /// @throws Error{kParam, kFormat}
  BoneQct(const Params& params, std::string onnx);

  /// @throws Error{kInput}  the values are no HU, voxels too coarse; no bone and no phantom; labels without a
  ///                        vertebra or femur.
  Result operator()(const Study& study, Context& context) const;

  /// Every endpoint that can occur in the outcome.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
  SpineSegmentation network_;
};

}  // namespace ledd
