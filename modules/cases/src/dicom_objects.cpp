#include "dicom_objects.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/dicom_results/document.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/parametric_map.h"

namespace ledd::cases {
namespace {

using dicom_results::MapMeaning;

/// The maps that become DICOM: quantities that a viewer's user knows. Errors, qualities and regions of other
/// maps stay in `maps`.
const MapMeaning* meaning_of(const std::string& map) {
  static const std::map<std::string, MapMeaning> meanings{{"T2", {"T2", "ms"}},
                                                          {"T2star", {"T2*", "ms"}},
                                                          {"T1rho", {"T1rho", "ms"}},
                                                          {"thickness", {"thickness", "mm"}},
                                                          {"density", {"vBMD", "mg/cm3"}},
                                                          {"Tb-Th", {"Tb.Th", "mm"}},
                                                          {"Tb-Sp", {"Tb.Sp", "mm"}},
                                                          {"Ct-Th", {"Ct.Th", "mm"}}};
  const auto it = meanings.find(map);
  return it == meanings.end() ? nullptr : &it->second;
}

bool has_value(const Volume& map) {
  const float* const begin = map.GetBufferPointer();
  return std::any_of(begin, begin + map.GetLargestPossibleRegion().GetNumberOfPixels(), [](float v) {
    return std::isfinite(v);
  });
}

bool has_label(const Labels& labels) {
  const auto* const begin = labels.GetBufferPointer();
  return std::any_of(
      begin, begin + labels.GetLargestPossibleRegion().GetNumberOfPixels(), [](auto v) { return v != 0; });
}

/// "R" or "L" when all that has a side has this one.
std::string side_of(const std::vector<Measurement>& measurements) {
  std::set<std::string> sides;
  for (const Measurement& m : measurements)
    if (!m.side.empty()) sides.insert(m.side);
  return sides.size() == 1 ? *sides.begin() : std::string();
}

std::string printed(const ValueMap& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters)
    text += (text.empty() ? "" : ";") + name + "=" + to_text(value);
  return text;
}

/// Who corrected the segmentation, and the report of the result that stands until this one is published.
std::optional<dicom_results::Corrected> corrected(const Run& run, const CaseResult& result) {
  const CorrectionRecord& correction = result.provenance.correction;
  if (correction.reader.empty()) return std::nullopt;
  dicom_results::Corrected by{correction.reader, result.provenance.started_utc};
  try {
    const auto before =
        dicom_results::report_uids(run.options.out / "cases" / result.planned.id / "dicom" / "sr.dcm");
    by.report_uid = before.sop_instance_uid;
    by.report_series_uid = before.series_uid;
  } catch (const Error&) {
    // There was none, or it cannot be read: then nothing can refer to it.
    by.report_uid.clear();
  }
  return by;
}

}  // namespace

std::string no_dicom_reason(const PlannedCase& planned) {
  if (!planned.series || !planned.series->stack) return "the scan is no DICOM";
  return planned.series->stack->study_uid.empty() ? "StudyInstanceUID (0020,000D) is missing in the scan"
                                                  : "";
}

void dicom_objects(const Run& run,
                   const CaseResult& result,
                   const std::string& summary_pdf,
                   const std::function<void(const std::string& name, const std::string& bytes)>& write) {
  if (!no_dicom_reason(result.planned).empty()) return;
  const Outcome& outcome = result.outcome;
  const dicom_results::Origin origin{&*result.planned.series->stack,
                                     run.pipeline.name,
                                     run.recipe.version,
                                     printed(run.recipe.parameters),
                                     side_of(outcome.measurements),
                                     result.maker,
                                     corrected(run, result)};
  std::optional<dicom_results::Segmentation> segmentation;
  if (outcome.labels && has_label(*outcome.labels)) {
    segmentation = dicom_results::segmentation(*outcome.labels, origin);
    write("dicom/seg.dcm", segmentation->bytes);
    segmentation->bytes.clear();
  }
  if (!outcome.measurements.empty())
    write(
        "dicom/sr.dcm",
        dicom_results::measurement_report(
            outcome.measurements, run.pipeline.definitions, segmentation ? &*segmentation : nullptr, origin));
  for (const auto& [name, map] : outcome.maps)
    if (const MapMeaning* meaning = meaning_of(name); meaning != nullptr && has_value(*map))
      write("dicom/map-" + name + ".dcm", dicom_results::parametric_map(*map, *meaning, origin));
  write("dicom/summary.dcm",
        dicom_results::encapsulated_pdf(summary_pdf, "Ledd " + run.pipeline.name + " summary", origin));
}

}  // namespace ledd::cases
