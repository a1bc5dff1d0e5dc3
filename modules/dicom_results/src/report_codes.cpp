#include "report_codes.h"

#include <algorithm>
#include <array>
#include <map>

#include "ledd/files/files.h"

namespace ledd::dicom_results {
namespace {

OwnedCode owned(const Code& code) {
  return {std::string(code.value), std::string(code.scheme), std::string(code.meaning)};
}

constexpr Code kVolume{"118565006", "SCT", "Volume"};

/// CID 7464.
const std::map<std::string, Code>& statistics() {
  static const std::map<std::string, Code> all{{"mean", {"373098007", "SCT", "Mean"}},
                                               {"sd", {"386136009", "SCT", "Standard Deviation"}},
                                               {"median", {"373099004", "SCT", "Median"}},
                                               {"min", {"255605001", "SCT", "Minimum"}},
                                               {"max", {"56851009", "SCT", "Maximum"}}};
  return all;
}

}  // namespace

OwnedCode own_code(std::string_view prefix, const std::string& key, const std::string& meaning) {
  std::string value = std::string(prefix) + key;
  const bool plain =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F && c != '\\'; });
  if (!plain || value.size() > kShortBytes)
    value = std::string(prefix) + files::sha256(key).substr(0, kShortBytes - prefix.size());
  const std::string text = fitted(meaning, kLongBytes);
  return {value, std::string(kOwnScheme), text.empty() ? value : text};
}

OwnedCode unit_code(const std::string& unit) {
  static const std::map<std::string, std::string> meanings{{"1", "no units"},
                                                           {"%", "Percent"},
                                                           {"mm", "millimeter"},
                                                           {"mm2", "square millimeter"},
                                                           {"mm3", "cubic millimeter"},
                                                           {"cm3", "cubic centimeter"},
                                                           {"ms", "millisecond"},
                                                           {"deg", "degree"},
                                                           {"mg/cm3", "mg/cm^3"},
                                                           {"[hnsf'U]", "Hounsfield unit"}};
  const auto known = meanings.find(unit);
  return {unit, "UCUM", known != meanings.end() ? known->second : fitted(unit, kLongBytes)};
}

OwnedCode quantity_code(const std::string& map_name) {
  static const std::map<std::string, Code> all{{"T1", {"113063", "DCM", "T1"}},
                                               {"T2", {"113065", "DCM", "T2"}},
                                               {"T2*", {"113064", "DCM", "T2*"}},
                                               {"T2star", {"113064", "DCM", "T2*"}}};
  const auto known = all.find(map_name);
  return known != all.end() ? owned(known->second) : own_code("MAP-", map_name, "Map of " + map_name);
}

OwnedCode endpoint_code(const EndpointDefinition& endpoint) {
  // Only where the code and the region say everything: "T2 of the deep half" is not T2 of the region, and of
  // several angles or areas of one region a reader could not tell which is meant.
  static const std::map<std::string, Code> all{{"T2", {"113065", "DCM", "T2"}},
                                               {"T2star", {"113064", "DCM", "T2*"}},
                                               {"T2*", {"113064", "DCM", "T2*"}},
                                               {"VC", kVolume},
                                               {"MenVol", kVolume},
                                               {"disc_volume", kVolume},
                                               {"body_volume", kVolume},
                                               {"disc_angle", {"1483009", "SCT", "Angle"}}};
  const auto known = all.find(endpoint.key);
  return known != all.end() ? owned(known->second) : own_code("EP-", endpoint.key, endpoint.title);
}

OwnedCode statistic_code(const std::string& statistic) {
  const auto known = statistics().find(statistic);
  return known != statistics().end() ? owned(known->second) : own_code("ST-", statistic, statistic);
}

std::string statistic_of(const std::string& value, const std::string& scheme) {
  for (const auto& [name, code] : statistics())
    if (code.value == value && code.scheme == scheme) return name;
  if (scheme != "SRT") return {};
  // As reports had it before SNOMED CT's own numbers.
  static const std::map<std::string, std::string> old{
      {"R-00317", "mean"}, {"R-10047", "sd"}, {"R-00319", "median"}, {"R-404FB", "min"}, {"G-A437", "max"}};
  const auto known = old.find(value);
  return known == old.end() ? std::string() : known->second;
}

Code region_of(const Origin& origin) {
  if (origin.pipeline.starts_with("knee")) return {"72696002", "SCT", "Knee"};
  if (origin.pipeline.starts_with("spine")) return {"421060004", "SCT", "Spine"};
  return {"SCANNED-REGION", kOwnScheme, "Region that the source shows"};
}

}  // namespace ledd::dicom_results
