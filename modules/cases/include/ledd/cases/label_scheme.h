#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::cases {

/// How the ids of somebody else's label map become Ledd's. An id that maps to 0 is known and left out.
struct LabelScheme {
  std::string name;
  std::map<std::uint16_t, std::uint16_t> ledd_from_other;
  /// The same for the segments of a DICOM SEG, by number or label as text. Empty for the known schemes: there
  /// the segments say themselves what they are.
  std::map<std::string, std::uint16_t> ledd_from_segment{};
};

/// ledd, oai, totalsegmentator, totalspineseg, verse.
std::vector<std::string> known_schemes();

/// @throws Error{kParam}  no such scheme; names those there are.
LabelScheme known_scheme(std::string_view name);

/// A scheme from a TOML text with a table `[labels]` of `their_id = "L1"` or `their_id = 20`; 0 leaves out.
/// `"their label" = "L1"` names the segment of a DICOM SEG.
/// @throws Error{kFormat}  not TOML, or no such table.
/// @throws Error{kParam}   an id or a name of Ledd's that does not exist.
LabelScheme parse_scheme(std::string_view toml_text);

/// A new label map with Ledd's ids on the same grid.
/// @throws Error{kInput}  a voxel holds an id that the scheme does not know, or nothing is left.
Labels::Pointer apply(const LabelScheme& scheme, const Labels& labels);

}  // namespace ledd::cases
