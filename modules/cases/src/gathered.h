#pragma once
#include <filesystem>
#include <vector>

#include "ledd/store/store.h"

#include "finished.h"

namespace ledd::cases {

/// The cases of output folders, each once.
struct Gathered {
  std::vector<Finished> cases;  ///< By case id.
  std::vector<Reason> reasons;  ///< By case id; of cases that no folder has finished.

  /// The endpoints alone, for tables; leaves `cases` without.
  std::vector<store::CaseEndpoints> take_endpoints();
};

/// @throws Error{kNotFound}  one of `outs` holds no output of Ledd.
/// @throws Error{kFormat}    a record is malformed; names the file.
/// @throws Error{kInput}     two folders hold a case of one id with different endpoints.
Gathered gather(const std::vector<std::filesystem::path>& outs);

}  // namespace ledd::cases
