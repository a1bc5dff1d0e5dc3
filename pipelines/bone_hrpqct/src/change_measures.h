#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/bone_hrpqct/bone_change.h"

#include "common_region.h"

namespace ledd::bone_hrpqct {

/// One visit within the common region: a row of each endpoint that change is given of, by key.
using Measures = std::map<std::string, Measurement>;

/// Keys and regions ("Tb_BMD", "Tb") in the order of the rows.
struct ChangeKey {
  const char *endpoint, *region;
};
const std::vector<ChangeKey>& change_keys();

struct VisitMasks {
  Mask::Pointer periosteal, trabecular, cortical;
};
VisitMasks masks_of(const Labels& labels);

/// @param region  Of the visit's own grid.
Measures measure_in(const BoneVisit& visit,
                    const VisitMasks& masks,
                    const Mask& region,
                    double length_mm,
                    const BoneChange::Params& params,
                    Context& context);

/// Rows of change with both visits' values.
std::vector<Measurement> changes(const Measures& before, const Measures& after);

/// Definitions of X_change and X_change_rel for every key.
std::vector<EndpointDefinition> change_definitions();

}  // namespace ledd::bone_hrpqct
