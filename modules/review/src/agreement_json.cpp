#include <nlohmann/json.hpp>

#include "ledd/cases/overview.h"

#include "readings.h"

namespace ledd::review {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const store::AgreementRow& row) {
  return {{"kind", row.kind},
          {"pipeline", row.pipeline},
          {"first", row.first},
          {"second", row.second},
          {"structure", row.structure},
          {"endpoint", row.endpoint},
          {"region", row.region},
          {"side", row.side},
          {"statistic", row.statistic},
          {"measure", row.measure},
          {"value", number(row.value)},
          {"low", number(row.low)},
          {"high", number(row.high)},
          {"unit", row.unit},
          {"cases", row.cases},
          {"reason", row.reason}};
}

Json verdict_table(const VerdictAgreement& one) {
  return {{"pipeline", one.pair.pipeline},
          {"first", one.pair.first},
          {"second", one.pair.second},
          {"structure", one.structure},
          {"counts", one.counts}};
}

/// One structure of one case.
Json mask(const MaskAgreement& one, const MaskAgreement::Case& of) {
  const auto& surface = of.found.surface;
  return {{"pipeline", one.pair.pipeline},
          {"first", one.pair.first},
          {"second", one.pair.second},
          {"structure", one.structure},
          {"case_id", of.case_id},
          {"first_voxels", of.found.first_voxels},
          {"second_voxels", of.found.second_voxels},
          {"dice", of.found.dice},
          {"surface_distance_mm", surface ? Json(surface->mean_mm) : Json(nullptr)},
          {"hausdorff95_mm", surface ? Json(surface->p95_mm) : Json(nullptr)},
          {"hausdorff_mm", surface ? Json(surface->max_mm) : Json(nullptr)}};
}

}  // namespace

std::string agreement_json(const Agreement& agreement) {
  Json json = {{"format", 1},
               {"version", cases::version()},
               {"notes", agreement.notes},
               {"rows", Json::array()},
               {"grades", kGrades},
               {"verdicts", Json::array()},
               {"masks", Json::array()}};
  for (const store::AgreementRow& row : rows_of(agreement)) json["rows"].push_back(to_json(row));
  for (const auto& one : agreement.verdicts)
    if (!one.counts.empty()) json["verdicts"].push_back(verdict_table(one));
  for (const auto& one : agreement.masks)
    for (const auto& of : one.cases) json["masks"].push_back(mask(one, of));
  return dump(json, 1) + "\n";
}

std::vector<std::string> agreement_lines(const Agreement& agreement) {
  std::vector<std::string> lines;
  for (const store::AgreementRow& row : rows_of(agreement)) {
    Json line = {{"type", "agreement"}};
    line.update(to_json(row));
    lines.push_back(dump(line, -1));
  }
  return lines;
}

}  // namespace ledd::review
