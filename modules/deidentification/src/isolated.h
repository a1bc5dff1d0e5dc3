#pragma once
#include <filesystem>

#include "ledd/core/context.h"
#include "ledd/deidentification/deidentification.h"
#include "ledd/isolation/pool.h"

namespace ledd::deidentification {

/// examine() and deidentify() in child processes with limits; from many threads. A file whose child fails is
/// refused with what happened.
class Isolated {
 public:
  explicit Isolated(const Context& context) : pool_(context) {}
  Examined examine(const std::filesystem::path& file, const Rules& rules);
  /// @param examined  Of the file: its subject is the only one that the child is told of.
  Outcome deidentify(const std::filesystem::path& file, const Rules& rules, const Examined& examined);

 private:
  isolation::Pool pool_;
};

}  // namespace ledd::deidentification
