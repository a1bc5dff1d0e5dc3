#include "ledd/label_editing/journal.h"

#include <zlib.h>

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "ledd/core/error.h"

namespace ledd::label_editing {
namespace {

static_assert(std::endian::native == std::endian::little, "the journal is written as memory holds it");

constexpr std::size_t kHead = 8;        // length of the content, CRC-32 of the content
constexpr std::size_t kSpanBytes = 16;  // first, count, before, after

template <class T>
void put(std::string& bytes, T value) {
  const auto raw = std::bit_cast<std::array<char, sizeof(T)>>(value);
  bytes.append(raw.data(), raw.size());
}

/// Takes numbers from the front; nullopt once there are not enough bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  std::optional<T> take() {
    if (bytes_.size() < sizeof(T)) return std::nullopt;
    std::array<char, sizeof(T)> raw{};
    std::memcpy(raw.data(), bytes_.data(), sizeof(T));
    bytes_.remove_prefix(sizeof(T));
    return std::bit_cast<T>(raw);
  }
  std::optional<std::string> text(std::size_t size) {
    if (bytes_.size() < size) return std::nullopt;
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

std::uint32_t crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::optional<Entry> entry_of(std::string_view content) {
  Reader reader(content);
  const auto kind = reader.take<std::uint8_t>();
  const auto words = reader.take<std::uint32_t>();
  if (!kind || *kind > static_cast<std::uint8_t>(Entry::Kind::kRedo) || !words) return std::nullopt;
  auto what = reader.text(*words);
  if (!what || reader.left() % kSpanBytes != 0) return std::nullopt;
  Entry entry{static_cast<Entry::Kind>(*kind), {std::move(*what), {}}};
  entry.change.spans.resize(reader.left() / kSpanBytes);
  std::uint64_t end = 0;
  for (Span& span : entry.change.spans) {
    span.first = *reader.take<std::uint64_t>();
    span.count = *reader.take<std::uint32_t>();
    span.before = *reader.take<std::uint16_t>();
    span.after = *reader.take<std::uint16_t>();
    if (span.count == 0 || span.before == span.after || span.first < end || span.first > ~0ULL - span.count)
      return std::nullopt;
    end = span.first + span.count;
  }
  return entry;
}

}  // namespace

std::string print(const Entry& entry) {
  std::string content;
  content.reserve(8 + entry.change.what.size() + kSpanBytes * entry.change.spans.size());
  put(content, static_cast<std::uint8_t>(entry.kind));
  put(content, static_cast<std::uint32_t>(entry.change.what.size()));
  content += entry.change.what;
  for (const Span& span : entry.change.spans) {
    put(content, span.first);
    put(content, span.count);
    put(content, span.before);
    put(content, span.after);
  }
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(content.size()));
  put(bytes, crc(content));
  return bytes + content;
}

Replay parse_journal(std::string_view bytes) {
  Replay replay;
  while (replay.whole_bytes < bytes.size()) {
    Reader head(bytes.substr(replay.whole_bytes));
    const auto size = head.take<std::uint32_t>();
    const auto sum = head.take<std::uint32_t>();
    if (!size || !sum || head.left() < *size) break;
    const auto content = bytes.substr(replay.whole_bytes + kHead, *size);
    if (crc(content) != *sum) break;
    auto entry = entry_of(content);
    if (!entry) break;
    replay.entries.push_back(std::move(*entry));
    replay.whole_bytes += kHead + *size;
  }
  replay.cut_off = replay.whole_bytes < bytes.size();
  return replay;
}

std::uint32_t checksum_of(const Labels& labels) {
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return crc({reinterpret_cast<const char*>(labels.GetBufferPointer()), count * sizeof(std::uint16_t)});
}

}  // namespace ledd::label_editing
