#include "attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ledd::report {
namespace {

/// Notes which parts of a reason were not told before; "T10: cut" repeats "cut", which was told of T10.
bool tells_anything_new(const std::string& reason, std::set<std::string>& told) {
  bool any = false;
  for (std::size_t at = 0; at < reason.size();) {
    const std::size_t end = std::min(reason.find("; ", at), reason.size());
    std::string part = reason.substr(at, end - at);
    const std::size_t colon = part.find(": ");
    if (colon < part.find(' ')) part = part.substr(colon + 2);
    any = told.insert(part).second || any;
    at = end + 2;
  }
  return any;
}

}  // namespace

Attention attention_of(const CasePage& page, const ReadingTables& tables, std::size_t most) {
  Attention attention;
  const auto count = [](std::size_t n, const char* what) {
    return n == 0 ? std::string() : fmt::format("{} {}, ", n, what);
  };
  attention.counts = count(tables.failed, "not measurable") + count(tables.uncertain, "uncertain") +
                     fmt::format("{} good", tables.good);
  attention.calm = page.ok && tables.eyes == 0;
  if (attention.calm)
    attention.state = "Nothing asks for a reader's eyes";
  else if (tables.eyes == 0)
    attention.state = "Needs a reader's eyes";
  else
    attention.state =
        fmt::format("Needs a reader's eyes: {} value{}", tables.eyes, tables.eyes == 1 ? "" : "s");
  std::set<std::string> told;
  for (const Reason& reason : tables.reasons) {
    if (reason.inherent || !tells_anything_new(reason.text, told)) continue;
    if (attention.look.size() < most)
      attention.look.push_back(&reason);
    else
      ++attention.more;
  }
  return attention;
}

}  // namespace ledd::report
