#pragma once
#include <string>
#include <vector>

#include "ledd/report/report.h"

#include "endpoint_tables.h"

namespace ledd::report {

/// Whether a case asks for a reader's eyes, in words that every page shares.
struct Attention {
  bool calm = true;
  std::string state;                ///< "Needs a reader's eyes: 3 values".
  std::string counts;               ///< "2 not measurable, 1 uncertain, 40 good".
  std::vector<const Reason*> look;  ///< The first few reasons, those that repeat others left out.
  std::size_t more = 0;             ///< As many more reasons than `look` holds.
};

/// @param most  `look` holds at most as many.
Attention attention_of(const CasePage& page, const ReadingTables& tables, std::size_t most);

}  // namespace ledd::report
