#include "ledd/isolation/archive.h"

#include "ledd/core/error.h"

namespace ledd::isolation {

void answered_nonsense(const std::string& what) {
  throw Error(Errc::kInternal, "the child process answered nonsense: " + what);
}

}  // namespace ledd::isolation
