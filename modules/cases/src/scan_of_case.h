#pragma once
#include <filesystem>
#include <vector>

#include "ledd/cases/survey.h"

#include "record.h"

namespace ledd::cases {

/// The series that a finished case was made from, its companions too, found among the files that its record
/// names, or below `look_in` where one of these is gone. Known by their ids; in a case whose record holds
/// pseudonyms, by the digests of their files.
/// @param registry  asked for its verdicts on them.
/// @throws Error{kNotFound}  none of them is there; says which file is missing and what to do.
Survey survey_of_case(const Provenance& made,
                      const std::vector<std::filesystem::path>& look_in,
                      const Registry& registry,
                      Context& context);

/// Of these the primary one. @throws Error{kNotFound}  it is not among them, or cannot be told from another.
const Series& primary_of_case(const Provenance& made, const Survey& found);

}  // namespace ledd::cases
