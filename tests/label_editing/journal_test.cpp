#include "ledd/label_editing/journal.h"

#include <rapidcheck/gtest.h>

#include "phantom.h"

namespace {

using namespace ledd::label_editing;

Entry some_entry() {
  Entry entry;
  entry.kind = static_cast<Entry::Kind>(*rc::gen::inRange<int>(0, 4));
  entry.change.what = *rc::gen::arbitrary<std::string>();
  std::uint64_t at = 0;
  for (int n = *rc::gen::inRange(0, 20); n > 0; --n) {
    const auto gap = *rc::gen::inRange<std::uint64_t>(0, 1ULL << 40U);
    const auto count = *rc::gen::inRange<std::uint32_t>(1, 1000);
    const auto before = *rc::gen::arbitrary<std::uint16_t>();
    entry.change.spans.push_back({at + gap, count, before, static_cast<std::uint16_t>(before + 1)});
    at += gap + count;
  }
  return entry;
}

std::vector<Entry> some_entries() {
  std::vector<Entry> entries;
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) entries.push_back(some_entry());
  return entries;
}

std::string printed(const std::vector<Entry>& entries) {
  std::string bytes;
  for (const auto& entry : entries) bytes += print(entry);
  return bytes;
}

RC_GTEST_PROP(Journal, ComesBackAsItWasWritten, ()) {
  const auto entries = some_entries();
  const auto replay = parse_journal(printed(entries));
  RC_ASSERT(replay.entries == entries);
  RC_ASSERT(!replay.cut_off);
}

RC_GTEST_PROP(Journal, CutOffAnywhereItKeepsAllWholeEntries, ()) {
  const auto entries = some_entries();
  const std::string bytes = printed(entries);
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const auto replay = parse_journal(bytes.substr(0, cut));
  std::size_t whole = 0, kept = 0;
  for (; kept < entries.size() && whole + print(entries[kept]).size() <= cut; ++kept)
    whole += print(entries[kept]).size();
  RC_ASSERT(replay.entries == std::vector<Entry>(entries.begin(), entries.begin() + static_cast<long>(kept)));
  RC_ASSERT(replay.whole_bytes == whole);
  RC_ASSERT(replay.cut_off == (whole < cut));
}

RC_GTEST_PROP(Journal, AChangedByteEndsItThere, ()) {
  const auto entries = some_entries();
  std::string bytes = printed(entries);
  RC_PRE(!bytes.empty());
  const auto where = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[where] = static_cast<char>(bytes[where] ^ (1 << *rc::gen::inRange(0, 8)));
  const auto replay = parse_journal(bytes);
  RC_ASSERT(replay.cut_off);
  RC_ASSERT(replay.whole_bytes <= where);
}

RC_GTEST_PROP(Journal, AnyBytesAreRead, ()) {
  const auto bytes = *rc::gen::arbitrary<std::string>();
  RC_ASSERT(parse_journal(bytes).whole_bytes <= bytes.size());
}

TEST(Journal, KnowsItsLabels) {
  const auto labels = ledd::phantom::blank<ledd::Labels>({4, 3, 2}, {1, 1, 1}, std::uint16_t{0});
  const auto before = checksum_of(*labels);
  labels->SetPixel({{1, 1, 1}}, 7);
  EXPECT_NE(checksum_of(*labels), before);
}

}  // namespace
