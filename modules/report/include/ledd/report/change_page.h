#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace ledd::report {

/// What became of one endpoint and region over all pairs of visits.
struct ChangeGroup {
  std::string pipeline, endpoint, region, side, unit;
  std::size_t pairs = 0;  ///< With a change.
  std::string mean, sd, sdc;
  std::size_t increased = 0, decreased = 0, within = 0, unknown = 0, not_measurable = 0;
};

/// One row of changes.csv, as people read it.
struct ChangeLine {
  std::string subject, side, visits;  ///< "2024-01-10 to 2025-01-12".
  std::string endpoint, region, baseline, followup, change, change_pct, sdc, verdict, reason;
  std::string link;  ///< Relative path of the pair's report; may be empty.
};

struct ChangePage {
  std::string title, summary;
  std::vector<ChangeGroup> groups;
  std::vector<ChangeLine> lines;
  std::size_t lines_left_out = 0;  ///< They stand in changes.csv alone.
};

/// A self-contained page without script, to be narrowed by verdict; every text escaped, saying that it is for
/// research use only. @throws Error{kInput}  a link is not a relative path.
std::string change_page(const ChangePage& page);

}  // namespace ledd::report
