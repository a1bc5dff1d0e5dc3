#include "ledd/isolation/archive.h"

namespace ledd::isolation {
namespace {

const std::string kWho = "the child process ";

}  // namespace

void answered_nonsense(const std::string& what) {
  throw Error(Errc::kInternal, kWho + "answered nonsense: " + what);
}

std::string as_failure(const Error& nonsense) {
  const std::string text = nonsense.what();
  return text.starts_with(kWho) ? text.substr(kWho.size()) : "answered nonsense: " + text;
}

}  // namespace ledd::isolation
