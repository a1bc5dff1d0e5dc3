#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "ledd/cases/open_case.h"

namespace ledd::cases {

/// The ids of a label map but 0, ascending.
std::vector<std::uint16_t> ids_in(const Labels& labels);

using Structures = std::map<std::uint16_t, OpenStructure>;

/// Names and colours of all ids in a label map: `own` where that knows one, else Ledd's, else "label 77" in a
/// colour that follows from the number.
Structures structures_in(const Labels& labels, const Structures& own);

/// Whether an id may be given to what is no structure of Ledd's.
bool is_free(std::uint16_t id);

/// The first free id above 40000 that is not among those taken.
/// @throws Error{kInput}  there is none.
std::uint16_t free_id(const Structures& taken);

/// A colour for what has none; neighbours in number are far apart in hue.
std::array<std::uint8_t, 3> colour_of(std::uint16_t number);

}  // namespace ledd::cases
