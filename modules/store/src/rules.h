#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/store/store.h"

namespace ledd::store {

/// The definition of each endpoint by key. Throws Error{code} where two definitions share a key, a
/// measurement has none, or breaks the rules of Measurement.
std::map<std::string, const EndpointDefinition*> checked(const CaseEndpoints& endpoints, Errc code);

/// All cases in the order of their ids.
std::vector<const CaseEndpoints*> by_id(const std::vector<CaseEndpoints>& cases);

/// Without repetitions, in the order of their first appearance.
std::vector<EndpointDefinition> distinct(const std::vector<EndpointDefinition>& definitions);

}  // namespace ledd::store
