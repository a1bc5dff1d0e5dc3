#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "columns.h"

namespace ledd::store {

/// REDCap takes `^[a-z][a-z0-9_]{0,25}$`; double and closing underscores it would change itself.
constexpr std::size_t kLongestVariable = 26;

/// Lower case, ASCII, beginning with a letter. "spine-mri" -> "spine_mri".
std::string redcap_name(std::string_view text);

/// The name if it is short enough; else its beginning and eight digits of a hash of `key`.
std::string shortened(const std::string& name, std::string_view key);
/// The same where the name is short enough but taken.
std::string distinguished(const std::string& name, std::string_view key);

/// Gives each column its variable: initials of the pipeline, endpoint, region, side, and the statistic where
/// it is not "value": "sm_ha_l1". Those whose names would be the same, or are among `reserved`, all get the
/// digits. @throws Error{kInternal}  even so two are the same.
void name_variables(std::vector<Column>& columns, const std::set<std::string>& reserved);

}  // namespace ledd::store
