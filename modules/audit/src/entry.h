#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ledd/audit/audit.h"

namespace ledd::audit {

inline constexpr std::string_view kRecovered = "recovered";
inline constexpr std::string_view kTornDigest = "torn_sha256";  ///< Details of `recovered`.

/// `sha256` before the first entry.
std::string no_previous();

/// The line of an entry without its end; fills in its digest.
std::string print_line(Entry& entry);

/// Nothing for a line that is no entry, or whose digest is not its own.
std::optional<Entry> parse_line(std::string_view line);

/// @throws Error{kParam}
void require_legal(const std::string& action, const Details& details);

}  // namespace ledd::audit
