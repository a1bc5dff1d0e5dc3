#pragma once
#include <string>
#include <vector>

#include "ledd/dicom_results/measurement_report.h"

#include "items.h"

namespace ledd::dicom_results {

/// The measurements of one side and region.
struct Group {
  std::string side, region;
  std::vector<const Measurement*> rows;
};

/// In order of first appearance.
std::vector<Group> groups_of(const std::vector<Measurement>& measurements);

/// What all groups share.
struct Report {
  const std::vector<EndpointDefinition>& definitions;
  const Segmentation* segmentation;
  const Origin& origin;
};

/// Adds a measurement group: TID 1411 when the region is a segment, else TID 1501.
void add_group(const Group& group, const Report& report, DcmItem& measurements);

}  // namespace ledd::dicom_results
