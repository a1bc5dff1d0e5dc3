#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/store/repeatability.h"

namespace ledd::cases {

enum class Pooling {
  kBySide,    ///< Right and left joints apart.
  kTogether,  ///< Either side's own repeats in one figure, of side "R+L": a subject may give two sets.
};

struct RepeatOptions {
  std::filesystem::path out;
  std::string pipeline{};  ///< Empty: of all.
  /// A CSV file with the columns case_id,group: cases of one group are repeats, in the order of the file;
  /// empty: cases of one subject, side, series description, scanner and day, in the order of their series.
  std::filesystem::path repeats{};
  Pooling pooling = Pooling::kBySide;
};

struct Repeats {
  std::vector<store::RepeatabilityRow> rows;  ///< By pipeline, endpoint, region, statistic, side.
  std::size_t sets = 0, cases = 0;            ///< Sets of repeats, and cases in them.
  std::vector<std::string> apart;             ///< What was left out, one sentence each.
};

/// What repeated scans say of every endpoint. Touches nothing.
/// @throws Error{kNotFound}  `out` holds no output of Ledd, or no repeats.
/// @throws Error{kFormat}    a record or the file of groups is malformed.
/// @throws Error{kInput}     the file names a case that is not there or twice, or a group holds two subjects.
Repeats read_repeats(const RepeatOptions& options);

/// The same, written as OUT/repeatability.csv and OUT/repeatability.html (Bland-Altman plots).
/// @throws Error{kCreate, kPermission, kIo}  nothing can be written.
Repeats write_repeatability(const RepeatOptions& options);

}  // namespace ledd::cases
