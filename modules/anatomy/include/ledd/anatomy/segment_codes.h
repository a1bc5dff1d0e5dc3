#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "ledd/anatomy/anatomy.h"

namespace ledd::anatomy {

/// Ledd's own coding scheme, for what no public terminology that we could check has a code for. Objects that
/// use it declare it; docs/dicom-results.md says how its values are formed.
inline constexpr std::string_view kOwnScheme = "99LEDD";

/// What a structure is, in the terms that DICOM describes segments by (PS3.3 C.8.20.2).
struct SegmentCodes {
  Code category, type;
  std::vector<Code> type_modifiers{};
  std::optional<Code> region{};  ///< Anatomic region, where the type is not itself a place.
  std::vector<Code> region_modifiers{};
};

/// Source   Codes of SNOMED CT as context groups of DICOM PS3.16 list them (CID 244, 4031, 7150, 7151, 7166,
///          7191, 7192, 1003, 6115) and, for L1 to S1, a published mapping (see Structure::code). What stands
///          in none of them has a code of kOwnScheme with the value "ANAT-" and the short name.
/// Limits   "R" or "L" as `side` adds Right or Left to the structures of a knee; structures that have a side
///          of their own carry it always.
SegmentCodes segment_codes(const Structure& structure, std::string_view side = {});

}  // namespace ledd::anatomy
