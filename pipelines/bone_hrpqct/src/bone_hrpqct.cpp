#include "ledd/bone_hrpqct/bone_hrpqct.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"
#include "ledd/scan_motion/scan_motion.h"

#include "density.h"
#include "on_grid.h"
#include "pictures.h"

namespace ledd {
namespace {

using anatomy::kCorticalCompartment;
using anatomy::kTrabecularCompartment;
using bone_hrpqct::where;

Labels::Pointer labels_of(const Mask& trabecular, const Mask& cortical) {
  const std::uint8_t* const tb = trabecular.GetBufferPointer();
  const std::uint8_t* const ct = cortical.GetBufferPointer();
  return where<Labels>(trabecular, [=](std::size_t n) -> std::uint16_t {
    return tb[n] != 0 ? kTrabecularCompartment : ct[n] != 0 ? kCorticalCompartment : std::uint16_t{0};
  });
}

Mask::Pointer label_mask(const Labels& labels, std::uint16_t id) {
  const std::uint16_t* const in = labels.GetBufferPointer();
  return where<Mask>(labels, [=](std::size_t n) -> std::uint8_t { return in[n] == id ? 1 : 0; });
}

/// Compartments as a reader or another program drew them.
BoneCompartments::Result given(const Volume& density,
                               const Labels& labels,
                               const BoneCompartments& module,
                               Context& context) {
  require_same_grid(density, labels, "scan and labels");
  BoneCompartments::Result result;
  result.trabecular = label_mask(labels, kTrabecularCompartment);
  result.cortical = label_mask(labels, kCorticalCompartment);
  const std::uint8_t* const tb = result.trabecular->GetBufferPointer();
  const std::uint8_t* const ct = result.cortical->GetBufferPointer();
  result.periosteal =
      where<Mask>(labels, [=](std::size_t n) -> std::uint8_t { return tb[n] != 0 || ct[n] != 0 ? 1 : 0; });
  result.bone = module.bone(density, *result.trabecular, *result.cortical, context);
  return result;
}

/// The whole image as trabecular compartment.
BoneCompartments::Result all_of_it(const Volume& density, const BoneCompartments& module, Context& context) {
  BoneCompartments::Result result;
  result.trabecular = where<Mask>(density, [](std::size_t) -> std::uint8_t { return 1; });
  result.cortical = where<Mask>(density, [](std::size_t) -> std::uint8_t { return 0; });
  result.periosteal = result.trabecular;
  result.bone = module.bone(density, *result.trabecular, *result.cortical, context);
  result.notes.emplace_back(
      "The whole image was taken as trabecular compartment (compartments_from=whole): there is no outline, "
      "no "
      "cortex, and no area of the bone.");
  return result;
}

void add(std::vector<Measurement>& to, const std::vector<Measurement>& rows) {
  to.insert(to.end(), rows.begin(), rows.end());
}

/// Tb.BMD of the whole image; why there is nothing else of densities and cortex.
void add_whole(const Volume& density, Outcome& outcome) {
  const std::size_t count = density.GetLargestPossibleRegion().GetNumberOfPixels();
  double sum = 0.0;
  for (std::size_t n = 0; n < count; ++n) sum += static_cast<double>(density.GetBufferPointer()[n]);
  const auto without = [&](const EndpointDefinition& d) {
    outcome.measurements.push_back(
        inherent(failed(d.key.substr(0, 2), d, "the whole image was taken as trabecular compartment")));
  };
  for (const auto& d : CompartmentDensity::definitions())
    if (d.key == "Tb_BMD")
      outcome.measurements.push_back(measured("Tb", d, sum / static_cast<double>(count)));
    else
      without(d);
  for (const auto& d : CorticalStructure::definitions()) without(d);
  for (const auto& d : ScanMotion::definitions())
    outcome.measurements.push_back(inherent(
        failed("scan",
               d,
               "the whole image was taken as trabecular compartment: there is no outline to see motion at")));
}

/// The estimated grade, where it is worth a line.
void add_motion(const ScanMotion& motion, Outcome& outcome) {
  add(outcome.measurements, measurements(motion));
  constexpr int kPoor = 4;
  if (motion.grade >= kPoor)
    outcome.notes.push_back(fmt::format(
        "Motion: estimated grade {} of 5 by the outline's sharpness ({:.2f}); look at the slices.",
        motion.grade,
        motion.sharpness_ratio));
}

void add_notes(const BoneHrpqct::Study& study,
               const DensityEquation& equation,
               const std::vector<std::string>& of_parts,
               Outcome& outcome) {
  const auto on_grid = bone_hrpqct::notes_on_grid(*study.scan);
  outcome.notes.insert(outcome.notes.end(), on_grid.begin(), on_grid.end());
  outcome.notes.push_back(fmt::format("Density: {:.6g} * number {:+.6g} mg HA/cm3, by {}.",
                                      equation.slope,
                                      equation.intercept,
                                      equation.source));
  if (!study.knows_directions)
    outcome.notes.emplace_back(
        "The file does not say how the patient lay: pictures carry no directions, and rows no side.");
  outcome.notes.insert(outcome.notes.end(), of_parts.begin(), of_parts.end());
}

/// For pictures: NaN where there is no value.
Volume::Pointer shown(const Volume& map) {
  const float* const in = map.GetBufferPointer();
  return where<Volume>(
      map, [=](std::size_t n) { return in[n] > 0.0F ? in[n] : std::numeric_limits<float>::quiet_NaN(); });
}

/// How far around the bone densities are kept for a later comparison.
constexpr double kAroundMm = 1.5;

/// Densities of the bone and around it, for a comparison with a later visit. Whole mg HA/cm3: of the
/// noise's digits a file gets none smaller by packing.
Volume::Pointer kept(const Volume& density, const Mask& periosteal) {
  const auto near = morphology::dilate(periosteal, kAroundMm);
  const std::uint8_t* const m = near->GetBufferPointer();
  const float* const in = density.GetBufferPointer();
  return where<Volume>(density, [=](std::size_t n) {
    return m[n] != 0 ? std::round(in[n]) : std::numeric_limits<float>::quiet_NaN();
  });
}

std::string number(const std::vector<Measurement>& rows, const std::string& endpoint, int digits) {
  const auto it =
      std::find_if(rows.begin(), rows.end(), [&](const Measurement& m) { return m.endpoint == endpoint; });
  return it == rows.end() || !it->value ? "not measured" : fmt::format("{:.{}f}", *it->value, digits);
}

void summarise(Outcome& outcome, const DensityEquation& equation) {
  const auto& rows = outcome.measurements;
  outcome.summary = {{"Density",
                      fmt::format("Tt.BMD {}, Tb.BMD {}, Ct.BMD {} mg HA/cm3, by {}",
                                  number(rows, "Tt_BMD", 1),
                                  number(rows, "Tb_BMD", 1),
                                  number(rows, "Ct_BMD", 1),
                                  equation.source)},
                     {"Cortex",
                      fmt::format("Ct.Th {} mm, Ct.Po {} %, Ct.Ar {} mm2",
                                  number(rows, "Ct_Th", 3),
                                  number(rows, "Ct_Po", 2),
                                  number(rows, "Ct_Ar", 1))},
                     {"Trabeculae",
                      fmt::format("BV/TV {} %, Tb.Th {} mm, Tb.Sp {} mm, Tb.N {} /mm",
                                  number(rows, "BV_TV", 1),
                                  number(rows, "Tb_Th", 3),
                                  number(rows, "Tb_Sp", 3),
                                  number(rows, "Tb_N", 2))}};
}

}  // namespace

const ParamTable<BoneHrpqct::Params>& BoneHrpqct::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::density_from,
               "density_from",
               "Where the density equation comes from.",
               {{"header", DensityFrom::kHeader}, {"given", DensityFrom::kGiven}})
          .add(&Params::density_slope,
               "density_slope",
               "mg/cm3",
               "With density_from = given: mg HA/cm3 for each unit of the file's numbers.",
               {-1e6, 1e6})
          .add(&Params::density_intercept,
               "density_intercept",
               "mg/cm3",
               "With density_from = given: mg HA/cm3 where the file has 0.",
               {-1e6, 1e6})
          .add(&Params::voxel_mm,
               "voxel_mm",
               "mm",
               "Of a stack of TIFF: edge of its voxels, which are cubes; 0: not given, and TIFF is refused.",
               {0.0, 1.0})
          .add(&Params::compartments_from,
               "compartments_from",
               "Outlines of the bone, or the whole image as trabecular compartment (a piece cut out of it).",
               {{"outlines", CompartmentsFrom::kOutlines}, {"whole", CompartmentsFrom::kWhole}})
          .nest(&Params::compartments, "compartments")
          .nest(&Params::cortex, "cortex");
  return table;
}

BoneHrpqct::BoneHrpqct(const Params& params) : params_(params) {
  Params::table().validate(params);
  const BoneCompartments compartments(params.compartments);
  const CorticalStructure cortex(params.cortex);
}

BoneHrpqct::Result BoneHrpqct::operator()(const Study& study, Context& context) const {
  require(study.scan != nullptr, Errc::kInput, "there is no scan");
  const DensityEquation equation = bone_hrpqct::equation_of(study, params_);
  bone_hrpqct::require_fine_cubes(*study.scan);
  const bool whole = params_.compartments_from == CompartmentsFrom::kWhole;
  require(!whole || study.labels == nullptr,
          Errc::kParam,
          "compartments are given as labels, and compartments_from=whole says that there is one only");
  const auto density =
      context.stage("density", [&] { return bone_hrpqct::density_of(*study.scan, equation); });
  const BoneCompartments module(params_.compartments);
  const auto parts = context.stage("compartments", [&] {
    return whole                     ? all_of_it(*density, module, context)
           : study.labels != nullptr ? given(*density, *study.labels, module, context)
                                     : module(*density, context);
  });
  Result result;
  Outcome& outcome = result.outcome;
  outcome.labels = labels_of(*parts.trabecular, *parts.cortical);
  outcome.maps["density"] = kept(*density, *parts.periosteal);
  outcome.scales["density"] = {"density", "mg HA/cm3", 0.0, 1200.0};
  outcome.figures = bone_hrpqct::figures(*study.scan);
  if (whole)
    add_whole(*density, outcome);
  else
    measure_cortex(*study.scan, *density, parts, result, context);
  result.trabeculae = context.stage("trabeculae", [&] {
    return TrabecularStructure()({*parts.bone, *parts.trabecular, *parts.cortical}, context);
  });
  add(outcome.measurements, measurements(result.trabeculae));
  outcome.maps["Tb-Th"] = shown(*result.trabeculae.thickness_mm);
  outcome.maps["Tb-Sp"] = shown(*result.trabeculae.separation_mm);
  outcome.figures.push_back(
      bone_hrpqct::map_figure(*study.scan, "Tb-Th", {"trabecular thickness", "mm", 0.0, 0.5}));
  outcome.figures.push_back(
      bone_hrpqct::map_figure(*study.scan, "Tb-Sp", {"trabecular separation", "mm", 0.0, 2.0}));
  for (Figure& figure : outcome.figures) figure.letters = study.knows_directions;
  add_notes(study, equation, parts.notes, outcome);
  summarise(outcome, equation);
  return result;
}

void BoneHrpqct::measure_cortex(const Volume& scan,
                                const Volume& density,
                                const BoneCompartments::Result& parts,
                                Result& result,
                                Context& context) const {
  result.density = context.stage("densities", [&] {
    return compartment_density(density, {*parts.trabecular, *parts.cortical, *parts.bone});
  });
  result.cortex = context.stage(
      "cortex", [&] { return CorticalStructure(params_.cortex)(*parts.cortical, *parts.bone, context); });
  const auto motion =
      context.stage("motion", [&] { return scan_motion(density, *parts.periosteal, context); });
  Outcome& outcome = result.outcome;
  add(outcome.measurements, measurements(result.density));
  add(outcome.measurements, measurements(result.cortex));
  add_motion(motion, outcome);
  outcome.maps["Ct-Th"] = shown(*result.cortex.thickness_mm);
  outcome.figures.push_back(bone_hrpqct::map_figure(scan, "Ct-Th", {"cortical thickness", "mm", 0.0, 2.5}));
  outcome.tables.push_back(slice_table(result.density, 10));
}

std::vector<EndpointDefinition> BoneHrpqct::definitions() {
  std::vector<EndpointDefinition> all = CompartmentDensity::definitions();
  const auto& cortex = CorticalStructure::definitions();
  all.insert(all.end(), cortex.begin(), cortex.end());
  const auto& motion = ScanMotion::definitions();
  all.insert(all.end(), motion.begin(), motion.end());
  const auto& trabeculae = TrabecularStructure::definitions();
  all.insert(all.end(), trabeculae.begin(), trabeculae.end());
  return all;
}

}  // namespace ledd
