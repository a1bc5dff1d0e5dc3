#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/params.h"

namespace ledd {

/// Merges a TOML text (may be empty) with `name=value` overrides; later overrides win.
/// TOML tables become dotted names. A word that is no TOML value is taken as text.
/// @throws Error{kFormat}  the text is not TOML, or holds an array or a date.
/// @throws Error{kParam}   an override is not `name=value`.
ValueMap merge_config(std::string_view toml_text, const std::vector<std::string>& overrides);

/// One value as people write it: `true`, `3`, `0.5`, `linear`.
std::string to_text(const Value& value);

/// The values as a flat JSON object, names sorted, indented by two blanks.
std::string to_json(const ValueMap& values);

/// The values as TOML; dotted names become tables, doubles have no more digits than they need.
/// merge_config(to_toml(v), {}) == v. Names are of letters, digits, '_', '-' and dots.
std::string to_toml(const ValueMap& values);

}  // namespace ledd
