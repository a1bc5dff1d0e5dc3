#include "content.h"

namespace ledd::viewer {
namespace {

/// An image file does not say what made it; what was measured on it does.
std::string modality_of(const cases::OpenCase& opened) {
  if (!opened.modality.empty()) return opened.modality;
  const std::string& pipeline = opened.endpoints.info.pipeline;
  return pipeline == "bone-qct" ? "CT" : "";
}

/// RescaleType of other scanners says all manner of things ("US", "normalized"): those that are known count.
std::string unit_of(const cases::OpenCase& opened, const std::string& modality) {
  if (opened.rescale_type.find("mg") != std::string::npos) return "mg HA/cm3";
  const bool hu = opened.rescale_type.empty() || opened.rescale_type == "HU";
  return modality == "CT" && hu ? "HU" : "";
}

}  // namespace

Content content_of(const cases::OpenCase& opened) {
  Content content;
  content.scan = opened.scan;
  content.labels = opened.labels;
  content.maps = {opened.maps.begin(), opened.maps.end()};
  content.lines = opened.lines;
  content.scales = opened.scales;
  content.structures = opened.structures;
  content.modality = modality_of(opened);
  content.unit = unit_of(opened, content.modality);
  return content;
}

}  // namespace ledd::viewer
