#include <fmt/format.h>

#include "ledd/audit/audit.h"

#include "digest.h"
#include "entry.h"

namespace ledd::audit {
namespace {

/// Goes through the lines and keeps the first that does not follow.
class Walk {
 public:
  void take(std::string_view line) {
    ++line_;
    auto entry = parse_line(line);
    if (!entry) {
      settle_open();
      open_ = sha256(line);
      open_line_ = line_;
      return;
    }
    if (open_) seal_in(*entry);
    check(*entry);
    sequence_ = entry->sequence;
    previous_ = entry->sha256;
    reading_.entries.push_back(std::move(*entry));
  }

  Reading end(bool unfinished) {
    reading_.unfinished = unfinished;
    if (open_ && unfinished) open_.reset();  // the next entry will recover it
    settle_open();
    return std::move(reading_);
  }

 private:
  void breaks(std::size_t line, std::string why) {
    if (!reading_.broken) reading_.broken = Break{line, std::move(why)};
  }

  /// A line that is no entry, and was not recovered by the entry behind it.
  void settle_open() {
    if (open_) breaks(open_line_, "it is no entry, or was changed after it was written");
    open_.reset();
  }

  void seal_in(const Entry& entry) {
    const auto torn = entry.details.find(std::string(kTornDigest));
    if (entry.action == kRecovered && torn != entry.details.end() && torn->second == *open_)
      reading_.torn.push_back(open_line_);
    else
      settle_open();
    open_.reset();
  }

  void check(const Entry& entry) {
    if (entry.previous != previous_)
      breaks(line_,
             reading_.entries.empty() ? "it is not the first entry: what came before is gone"
                                      : "it does not follow from the entry before it");
    else if (entry.sequence != sequence_ + 1)
      breaks(line_, fmt::format("its number is {}, {} would be right", entry.sequence, sequence_ + 1));
  }

  Reading reading_;
  std::size_t line_ = 0;
  std::uint64_t sequence_ = 0;
  std::string previous_ = no_previous();
  std::optional<std::string> open_;  ///< Digest of a line that is no entry, until the next is seen.
  std::size_t open_line_ = 0;
};

}  // namespace

Reading read(const std::filesystem::path& file) {
  const std::string bytes = read_file(file.string());
  Walk walk;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    walk.take(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest = rest.substr(end + 1);
  }
  return walk.end(!bytes.empty() && bytes.back() != '\n');
}

}  // namespace ledd::audit
