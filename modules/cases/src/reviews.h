#pragma once
#include <filesystem>
#include <string>

#include "ledd/store/store.h"

namespace ledd::cases {

/// What readers decided on the finished cases of an output folder.
class Reviews {
 public:
  explicit Reviews(const std::filesystem::path& out);

  /// On the result that stands in OUT/cases/<case_id>. May be called from many threads.
  /// @throws Error{kPermission, kIo}  its record cannot be read; names the file.
  store::Review of(const std::string& case_id) const;

 private:
  std::filesystem::path out_;
  bool any_;  ///< Most folders have none: no file is looked for then.
};

}  // namespace ledd::cases
