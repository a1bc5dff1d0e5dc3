#pragma once
#include <string>

#include "finished.h"

namespace ledd::cases {

/// What tells visits of a subject apart: the visit's name of study.json, else the study's date; "" when
/// neither is known. @throws Error{kFormat}  study.json is malformed; names the file.
std::string visit_of(const Finished& one);

/// `series 3 "SAG DESS"` -> `"SAG DESS"`: a series' number differs from visit to visit.
std::string description_of(const Finished& one);

/// The 3 of `series 3 "SAG DESS"`; 0 when it has none.
long series_number_of(const Finished& one);

/// Whether a row says how far another one may be trusted, and is nothing measured by itself.
bool is_error_row(const Measurement& measurement);

}  // namespace ledd::cases
