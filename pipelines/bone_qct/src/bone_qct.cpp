#include "ledd/bone_qct/bone_qct.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/named_levels/named_levels.h"

#include "calibrate.h"
#include "contrast.h"
#include "density_map.h"
#include "doubts.h"
#include "figures.h"
#include "hips.h"
#include "phantom_quality.h"
#include "summary.h"
#include "vertebrae.h"

namespace ledd {
namespace {

using bone_qct::CalibrationFinding;
using bone_qct::Vertebrae;

constexpr double kCoarsestMm = 5.0;
constexpr float kLeastBoneHu = 150.0F;
constexpr double kUsualKv = 120.0;
constexpr double kMostDensity = 400.0;  // of the colours: marrow is told apart, cortex is the brightest

void require_hu(const Volume& scan) {
  const auto spacing = scan.GetSpacing();
  const double coarsest = std::max({spacing[0], spacing[1], spacing[2]});
  require(coarsest <= kCoarsestMm,
          Errc::kInput,
          fmt::format("voxels of {:.3g} x {:.3g} x {:.3g} mm: at most {} mm can be measured",
                      spacing[0],
                      spacing[1],
                      spacing[2],
                      kCoarsestMm));
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  const auto [low, high] = std::minmax_element(scan.GetBufferPointer(), scan.GetBufferPointer() + count);
  require(*low < 0.0F && *high > kLeastBoneHu,
          Errc::kInput,
          fmt::format("values of {:g} to {:g} are no HU of a body with bone: fat has -100, bone more than {}",
                      *low,
                      *high,
                      kLeastBoneHu));
}

/// Feet to head: what is labelled.
std::optional<FindCalibrationPhantom::Range> range_of(const Labels& labels) {
  FindCalibrationPhantom::Range range{std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity()};
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (labels.GetBufferPointer()[n] == 0) continue;
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
    range.low_mm = std::min(range.low_mm, p[2]);
    range.high_mm = std::max(range.high_mm, p[2]);
  }
  if (!(range.low_mm < range.high_mm)) return std::nullopt;
  return range;
}

void add(const Labels& some, Labels& all) {
  const std::size_t count = all.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (some.GetBufferPointer()[n] != 0) all.GetBufferPointer()[n] = some.GetBufferPointer()[n];
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// What speaks against HU or densities of the whole scan.
void doubt_scan(const BoneQct::Study& study,
                const BoneQct::Params& params,
                const std::string& vessels,
                Outcome& outcome) {
  auto& rows = outcome.measurements;
  const auto say = [&](const std::string& reason) { outcome.notes.push_back(reason); };
  if (!study.contrast_agent.empty()) {
    const auto reason =
        fmt::format("the header states a contrast agent ({}): HU and vBMD of marrow are raised by it",
                    study.contrast_agent);
    bone_qct::doubt_bone(reason, true, rows);
    say(reason);
  }
  if (!vessels.empty()) {
    bone_qct::doubt_bone(vessels, false, rows);
    say(vessels);
  }
  const auto& kv = study.protocol.tube_kv;
  if (!kv || std::fabs(*kv - kUsualKv) > 0.5) {
    const auto reason = kv ? fmt::format("tube voltage {:g} kV: cut-offs of HU are for 120 kV", *kv)
                           : std::string("tube voltage not stated: cut-offs of HU are for 120 kV");
    bone_qct::doubt_hu(reason, rows);
    say(reason);
  }
  for (const std::string& reason : bone_qct::off_protocol(study.protocol, params.protocol)) {
    bone_qct::doubt_bone("off protocol: " + reason, true, rows);
    say("Off protocol: " + reason + ".");
  }
}

void add_spine(const Vertebrae& v,
               const BoneQct::Study& study,
               const CalibrationFinding& calibration,
               BoneQct::Result& result) {
  Outcome& outcome = result.outcome;
  const BoneQct::Spine& spine = *result.spine;
  auto& rows = outcome.measurements;
  append(rows, measurements(spine.density, result.scale));
  const auto spacing = study.scan->GetSpacing();
  append(rows, bone_qct::rows_of_form(spine, std::max({spacing[0], spacing[1], spacing[2]})));
  append(rows, named_levels::measurements_of(spine.levels));
  auto doubts = bone_qct::doubtful_vertebrae(spine);
  result.mean = lumbar_mean(spine.density, result.scale, doubts);
  append(rows, measurements(result.mean));
  bone_qct::add_doubts(doubts, rows);
  named_levels::add_doubts(rows, named_levels::with_s1(spine.levels));
  if (!calibration.doubt.empty()) bone_qct::doubt_density(calibration.doubt, rows);
  bone_qct::mark_out_of_view(spine, rows);
  append(outcome.figures, bone_qct::spine_figures(spine, *study.scan));
  append(outcome.drawings, bone_qct::spine_drawings(spine));
  append(outcome.notes, v.notes);
  for (const auto& [id, reason] : doubts)
    outcome.notes.push_back(fmt::format("{}: {}", anatomy::short_name(id), reason));
}

/// What there is of bone, found or given.
struct Found {
  bone_qct::VertebraFinding vertebrae;
  bone_qct::Hips hips;
  Labels::Pointer labels;  ///< Of both.
};

Found find_bones(const BoneQct::Study& study,
                 const BoneQct::Params& params,
                 const SpineSegmentation& network,
                 Context& context) {
  Found found;
  found.vertebrae.why_none = found.hips.why_none = "not asked for";
  if (params.bones != BoneQct::Bones::kHips)
    found.vertebrae = study.labels != nullptr
                          ? bone_qct::given_vertebrae(*study.scan, *study.labels)
                          : bone_qct::find_vertebrae(*study.scan, network, params, context);
  if (params.bones != BoneQct::Bones::kSpine)
    found.hips = context.stage("hips", [&] {
      return study.labels != nullptr ? bone_qct::given_hips(*study.labels, params, context)
                                     : bone_qct::find_hips(*study.scan, params, context);
    });
  found.labels = bone_qct::no_labels(*study.scan);
  if (const auto& v = found.vertebrae.found) bone_qct::put_back(*v->labels, v->region, *found.labels);
  if (found.hips.labels) add(*found.hips.labels, *found.labels);
  return found;
}

void add_hips(const bone_qct::Hips& hips,
              const BoneQct::Study& study,
              const CalibrationFinding& calibration,
              std::vector<Measurement> rows,
              Outcome& outcome) {
  if (!calibration.doubt.empty()) bone_qct::doubt_density(calibration.doubt, rows);
  append(outcome.measurements, rows);
  append(outcome.figures, bone_qct::hip_figures(hips, *study.scan));
  append(outcome.drawings, bone_qct::hip_drawings(hips));
  if (hips.sides.empty()) outcome.notes.push_back("No hips: " + hips.why_none + ".");
}

/// For scans of the same protocol to come.
void keep_calibration(const BoneQct::Study& study, const CalibrationFinding& calibration, Outcome& outcome) {
  if (calibration.rods.line)
    outcome.texts["calibration.toml"] = to_toml(StoredCalibration{*calibration.rods.line, study.protocol});
}

}  // namespace

const ParamTable<BoneQct::Protocol>& BoneQct::Protocol::table() {
  static const auto table = ParamTable<Protocol>()
                                .add(&Protocol::tube_kv,
                                     "tube_kv",
                                     "kV",
                                     "Tube voltage of the study's protocol; 0: not checked.",
                                     {0.0, 200.0})
                                .add(&Protocol::max_slice_mm,
                                     "max_slice_mm",
                                     "mm",
                                     "Thickest slices of the study's protocol; 0: not checked.",
                                     {0.0, 10.0})
                                .add(&Protocol::kernel,
                                     "kernel",
                                     "Reconstruction kernel of the study's protocol; empty: not checked.");
  return table;
}

const ParamTable<BoneQct::Params>& BoneQct::Params::table() {
  static const auto table = ParamTable<Params>()
                                .add(&Params::calibration,
                                     "calibration",
                                     "What turns HU into density; auto: a phantom in the scan, else the "
                                     "stored one if given, else the "
                                     "patient's own tissues, else none.",
                                     {{"auto", Calibration::kAuto},
                                      {"phantom", Calibration::kPhantom},
                                      {"stored", Calibration::kStored},
                                      {"internal", Calibration::kInternal},
                                      {"none", Calibration::kNone}})
                                .add(&Params::density_map,
                                     "density_map",
                                     "bones: a map of vBMD in the bones' voxels, as file and as DICOM (the "
                                     "size of the scan in 32 bits).",
                                     {{"none", DensityMap::kNone}, {"bones", DensityMap::kBones}})
                                .add(&Params::phantom,
                                     "phantom",
                                     "Name of the phantom in the table; empty: any that can be told apart.")
                                .nest(&Params::protocol, "protocol")
                                .nest(&Params::rods, "rods")
                                .nest(&Params::tissues, "tissues")
                                .nest(&Params::stored, "stored")
                                .nest(&Params::segmentation, "segmentation")
                                .nest(&Params::levels, "levels")
                                .nest(&Params::surface, "surface")
                                .nest(&Params::morphometry, "morphometry")
                                .nest(&Params::deformity, "deformity")
                                .nest(&Params::vertebrae, "vertebrae")
                                .nest(&Params::femur, "femur")
                                .nest(&Params::femur_regions, "femur_regions")
                                .nest(&Params::hip_density, "hip_density");
  return table;
}

BoneQct::BoneQct(const Params& params, std::string onnx)
    : params_(params), network_(params.segmentation, std::move(onnx)) {
  Params::table().validate(params);
}

BoneQct::Result BoneQct::operator()(const Study& study, Context& context) const {
  require(study.scan != nullptr, Errc::kInput, "there is no scan");
  require_hu(*study.scan);
  const Found found = find_bones(study, params_, network_, context);
  const auto calibration = context.stage(
      "calibration", [&] { return bone_qct::calibrate(study, params_, range_of(*found.labels), context); });
  require(found.vertebrae.found || found.hips.why_none.empty() || calibration.rods.line,
          Errc::kInput,
          fmt::format("no bone to measure (spine: {}; hips: {}) and no calibration phantom ({})",
                      found.vertebrae.why_none,
                      found.hips.why_none,
                      calibration.rods.refusal.empty() ? "none was sought" : calibration.rods.refusal));

  Result result;
  result.scale = calibration.scale;
  Outcome& outcome = result.outcome;
  outcome.labels = found.labels;
  append(outcome.measurements, bone_qct::measurements(calibration));
  append(outcome.measurements, bone_qct::phantom_measurements(calibration));
  std::string vessels;
  if (found.vertebrae.found) {
    result.spine = bone_qct::measure(*found.vertebrae.found, params_, context);
    vessels = bone_qct::enhanced(*study.scan, result.spine->geometry);
    add_spine(*found.vertebrae.found, study, calibration, result);
  } else {
    outcome.notes.push_back("No vertebrae: " + found.vertebrae.why_none + ".");
  }
  add_hips(found.hips,
           study,
           calibration,
           context.stage(
               "hip_density",
               [&] { return bone_qct::measure_hips(found.hips, study, params_, result.scale, context); }),
           outcome);
  if (params_.density_map == DensityMap::kBones && result.scale.line)
    outcome.maps["density"] =
        bone_qct::density_map(*study.scan, *outcome.labels, *result.scale.line);  // before rods are labels
  outcome.scales["density"] = {"vBMD", "mg/cm3", 0.0, kMostDensity};
  bone_qct::paint_rods(calibration, *outcome.labels);
  doubt_scan(study, params_, vessels, outcome);
  append(outcome.figures, bone_qct::rod_figures(calibration, *study.scan));
  append(outcome.drawings, bone_qct::rod_drawings(calibration));
  if (auto table = bone_qct::rod_table(calibration)) outcome.tables.push_back(std::move(*table));
  append(outcome.notes, calibration.notes);
  keep_calibration(study, calibration, outcome);
  const auto level_doubt =
      found.vertebrae.found ? named_levels::doubt_of(found.vertebrae.found->levels) : std::string();
  outcome.summary = bone_qct::summary_of(result, calibration, level_doubt);
  append(outcome.summary, bone_qct::hip_summary(found.hips, outcome.measurements));
  return result;
}

const std::vector<EndpointDefinition>& BoneQct::definitions() {
  static const auto all = [] {
    std::vector<EndpointDefinition> definitions = bone_qct::calibration_definitions();
    append(definitions, bone_qct::phantom_definitions());
    append(definitions, VertebralDensity::definitions());
    append(definitions, LumbarMean::definitions());
    append(definitions, HipDensity::definitions());
    append(definitions, SpineMorphometry::definitions());
    append(definitions, VertebralDeformity::definitions());
    definitions.push_back(named_levels::level_probability());
    return definitions;
  }();
  return all;
}

}  // namespace ledd
