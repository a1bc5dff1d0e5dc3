#include "calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/measurement/estimate.h"

namespace ledd::bone_qct {
namespace {

using Calibration = BoneQct::Calibration;

/// The phantoms to look for: all, or the one that was named.
std::vector<CalibrationPhantom> wanted(const BoneQct::Study& study, const std::string& name) {
  if (name.empty()) return study.phantoms;
  std::string known;
  for (const CalibrationPhantom& p : study.phantoms) {
    if (p.name == name) return {p};
    known += (known.empty() ? "" : ", ") + p.name;
  }
  throw Error(Errc::kParam, fmt::format("phantom = '{}' is not in the table; it has {}", name, known));
}

void add_reason(std::string& all, const std::string& reason) {
  all += (all.empty() ? "" : "; ") + reason;
}

bool by_phantom(const BoneQct::Study& study,
                const BoneQct::Params& params,
                const std::optional<FindCalibrationPhantom::Range>& bones,
                CalibrationFinding& finding,
                Context& context) {
  const auto phantoms = wanted(study, params.phantom);
  finding.rods = FindCalibrationPhantom(params.rods)(*study.scan, phantoms, bones, context);
  finding.notes.insert(finding.notes.end(), finding.rods.notes.begin(), finding.rods.notes.end());
  for (const CalibrationPhantom& one : phantoms)
    if (one.name == finding.rods.phantom) finding.phantom = one;
  finding.scale.line = finding.rods.line;
  if (!finding.scale.line) add_reason(finding.scale.refusal, "phantom: " + finding.rods.refusal);
  return finding.scale.line.has_value();
}

bool by_stored(const BoneQct::Study& study, const BoneQct::Params& params, CalibrationFinding& finding) {
  if (!study.stored) {
    add_reason(finding.scale.refusal, "stored: no calibration of another scan was given (stored_file)");
    return false;
  }
  const auto result = ApplyStoredCalibration(params.stored)(*study.stored, study.protocol);
  finding.scale.line = result.line;
  std::string why;
  for (const std::string& reason : result.reasons) add_reason(why, reason);
  if (!result.line) add_reason(finding.scale.refusal, "stored: " + why);
  if (result.line && result.age_days)
    finding.notes.push_back(fmt::format(
        "Calibration of another scan, {} days old: the body is not the phantom, so its scatter and "
        "hardening are not in it.",
        *result.age_days));
  return result.line.has_value();
}

/// A guess of the effective energy of a body scan, good to some 8 keV: 70 keV at 120 kV, 60 at 80.
double usual_kev(double tube_kv) {
  return 40.0 + 0.25 * tube_kv;
}

bool by_tissues(const BoneQct::Study& study, const BoneQct::Params& params, CalibrationFinding& finding) {
  const auto samples = sample_tissues(*study.scan, nullptr);
  if (samples.size() < 3) {
    add_reason(finding.scale.refusal,
               fmt::format("tissues: only {} kinds were found, three are needed", samples.size()));
    return false;
  }
  InternalCalibration::Params how = params.tissues;
  if (how.expected_kev == 0.0 && study.protocol.tube_kv)
    how.expected_kev = usual_kev(*study.protocol.tube_kv);
  const auto result = InternalCalibration(how)(samples);
  finding.scale.line = result.line;
  if (!result.line) {
    add_reason(finding.scale.refusal, "tissues: " + result.refusal);
    return false;
  }
  finding.notes.push_back(
      fmt::format("Calibrated by the patient's own tissues ({} kinds): effective energy {:.0f} +- {:.0f} "
                  "keV. Not as good as a "
                  "phantom: the error of every density is stated beside it.",
                  samples.size(),
                  result.energy_kev,
                  result.energy_se_kev));
  finding.doubt = "calibrated by the patient's own tissues, not by a phantom";
  return true;
}

}  // namespace

CalibrationFinding calibrate(const BoneQct::Study& study,
                             const BoneQct::Params& params,
                             const std::optional<FindCalibrationPhantom::Range>& bones,
                             Context& context) {
  CalibrationFinding finding;
  const Calibration how = params.calibration;
  const bool any = how == Calibration::kAuto;
  bool done = false;
  if (any || how == Calibration::kPhantom) done = by_phantom(study, params, bones, finding, context);
  if (!done && (how == Calibration::kStored || (any && study.stored)))
    done = by_stored(study, params, finding);
  if (!done && (any || how == Calibration::kInternal)) done = by_tissues(study, params, finding);
  if (how == Calibration::kNone) finding.scale.refusal = "calibration = none was asked for";
  if (done && !finding.scale.refusal.empty()) {
    finding.notes.push_back("What came before was not used: " + finding.scale.refusal + ".");
    finding.scale.refusal.clear();
  }
  if (done)
    finding.notes.push_back(fmt::format(
        "Densities are in mg {0}/cm3 by {1}: HU = {2:.2f} + {3:.4f} * density. vBMD_mean is in K2HPO4{4}.",
        name_of(finding.scale.line->mineral),
        finding.scale.line->source,
        finding.scale.line->beta_hu,
        finding.scale.line->sigma_hu,
        finding.scale.line->mineral == Mineral::kHA ? ", converted by HA = 1.15 K2HPO4 - 7.32 (Faulkner 1993)"
                                                    : ""));
  return finding;
}

std::vector<std::string> off_protocol(const CtProtocol& header, const BoneQct::Protocol& wanted) {
  std::vector<std::string> off;
  if (wanted.tube_kv > 0.0 && !(header.tube_kv && std::fabs(*header.tube_kv - wanted.tube_kv) <= 0.5))
    off.push_back(fmt::format("tube voltage {}, the protocol asks for {:g} kV",
                              header.tube_kv ? fmt::format("{:g} kV", *header.tube_kv) : "not stated",
                              wanted.tube_kv));
  if (!wanted.kernel.empty() && header.kernel != wanted.kernel)
    off.push_back(fmt::format("kernel {}, the protocol asks for {}",
                              header.kernel.empty() ? "not stated" : header.kernel,
                              wanted.kernel));
  if (wanted.max_slice_mm > 0.0 && !(header.slice_mm && *header.slice_mm <= wanted.max_slice_mm + 1e-6))
    off.push_back(fmt::format("slices {} thick, the protocol allows {:g} mm",
                              header.slice_mm ? fmt::format("{:g} mm", *header.slice_mm) : "not stated how",
                              wanted.max_slice_mm));
  return off;
}

const std::vector<EndpointDefinition>& calibration_definitions() {
  constexpr const char* kMethod = "density-calibration/1";
  constexpr const char* kPage = "docs/density-calibration.md";
  static const std::vector<EndpointDefinition> all{
      {"calibration_slope",
       "HU for each mg/cm3 of mineral",
       "[hnsf'U].cm3/mg",
       kMethod,
       "Slope of HU against density of the calibration that all densities of the case are by.",
       "Mindways Software, QCT PRO User's Guide",
       kPage},
      {"calibration_intercept",
       "HU at no mineral",
       "[hnsf'U]",
       kMethod,
       "Intercept of the same line.",
       "Mindways Software, QCT PRO User's Guide",
       kPage},
      {"calibration_residual",
       "Scatter of the rods about the line",
       "[hnsf'U]",
       kMethod,
       "Standard deviation of the residuals of the regression; only of a phantom of three rods or more.",
       "Mindways Software, QCT PRO User's Guide",
       kPage},
      {"calibration_mineral",
       "Mineral of the densities",
       "1",
       kMethod,
       "1: dipotassium phosphate, K2HPO4; 2: calcium hydroxyapatite, HA. vBMD_mean is always in K2HPO4.",
       "Faulkner et al., Calcif Tissue Int 53:1, 1993",
       kPage}};
  return all;
}

std::vector<Measurement> measurements(const CalibrationFinding& finding) {
  std::vector<Measurement> out;
  const auto row = [&](const char* key, std::optional<double> value, std::optional<double> se) {
    Estimate estimate{value, se, Quality::kGood, "", false};
    if (!value) estimate = {std::nullopt, std::nullopt, Quality::kFailed, finding.scale.refusal, true};
    push_estimate("scan", definition_of(key, calibration_definitions()), estimate, out);
  };
  const auto& line = finding.scale.line;
  const auto of = [&](auto value) { return line ? std::optional<double>(value(*line)) : std::nullopt; };
  row("calibration_slope", of([](const DensityLine& l) { return l.sigma_hu; }), of([](const DensityLine& l) {
        return std::sqrt(l.var_sigma);
      }));
  row("calibration_intercept",
      of([](const DensityLine& l) { return l.beta_hu; }),
      of([](const DensityLine& l) { return std::sqrt(l.var_beta); }));
  if (!line || line->points > 2)
    row("calibration_residual", of([](const DensityLine& l) { return l.residual_sd_hu; }), {});
  row("calibration_mineral",
      of([](const DensityLine& l) { return l.mineral == Mineral::kHA ? 2.0 : 1.0; }),
      {});
  return out;
}

std::optional<ReportTable> rod_table(const CalibrationFinding& finding) {
  const auto& rods = finding.rods.rods;
  if (rods.empty()) return std::nullopt;
  ReportTable table;
  table.name = "calibration-rods";
  table.title = "Calibration phantom: " + finding.rods.phantom;
  table.note = finding.rods.line ? "Readings of the rods and what the line leaves of them."
                                 : "Refused: " + finding.rods.refusal;
  table.columns = {{"Rod"}, {"HU"}, {"SD, HU"}, {"Residual, HU"}, {"Radius, mm"}, {"Seen"}};
  for (std::size_t n = 0; n < rods.size(); ++n)
    table.rows.push_back(
        {{fmt::format("{}", rods[n].number),
          fmt::format("{:.1f}", rods[n].hu),
          fmt::format("{:.1f}", rods[n].sd_hu),
          n < finding.rods.residuals_hu.size() ? fmt::format("{:+.1f}", finding.rods.residuals_hu[n]) : "",
          fmt::format("{:.1f}", rods[n].radius_mm),
          rods[n].seen ? "yes" : "by the others' place"},
         true});
  return table;
}

}  // namespace ledd::bone_qct
