#include "records.h"

#include <array>
#include <bit>
#include <cstring>

namespace ledd::file_cache {
namespace {

/// What precedes name and bytes; without padding, in this machine's byte order.
struct Head {
  std::uint64_t checksum, size, inode;
  std::int64_t mtime_ns, ctime_ns;
  std::uint64_t bytes;
  std::uint32_t name, day;
};
static_assert(sizeof(Head) == 56 && std::has_unique_object_representations_v<Head>);

/// 64 bits that differ for different bytes, but for one in 2^64: against accidents, not against forgers.
std::uint64_t checksum(std::string_view bytes, std::uint64_t sum) {
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;
  sum = (sum ^ bytes.size()) * kFactor;
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t count = bytes.size() < sizeof word ? bytes.size() : sizeof word;
    std::memcpy(&word, bytes.data(), count);
    bytes.remove_prefix(count);
    sum = (sum ^ word) * kFactor;
    sum ^= sum >> 32U;
  }
  return sum;
}

std::uint64_t checksum(const Head& head,
                       std::string_view name,
                       std::string_view bytes,
                       std::string_view kind) {
  auto raw = std::bit_cast<std::array<char, sizeof(Head)>>(head);
  const std::string_view without_sum = std::string_view(raw.data(), raw.size()).substr(sizeof head.checksum);
  return checksum(bytes, checksum(name, checksum(without_sum, checksum(kind, 0))));
}

}  // namespace

std::string shared_name(std::string_view bytes) {
  const std::uint64_t sums[] = {checksum(bytes, 1), checksum(bytes, 2)};
  return std::string(1, '\0').append(reinterpret_cast<const char*>(sums), sizeof sums);  // no path has a NUL
}

std::string file_head(std::string_view kind) {
  std::string head = "ledd file cache/1\n";
  const std::uint64_t mark = 0x0102030405060708U;  // another byte order reads another number
  head.append(reinterpret_cast<const char*>(&mark), sizeof mark);
  return head.append(kind).append("\n");
}

void append(const Record& record, std::string_view kind, std::string& to) {
  Head head{0,
            record.stamp.size,
            record.stamp.inode,
            record.stamp.mtime_ns,
            record.stamp.ctime_ns,
            record.bytes.size(),
            static_cast<std::uint32_t>(record.name.size()),
            record.day};
  head.checksum = checksum(head, record.name, record.bytes, kind);
  to.append(reinterpret_cast<const char*>(&head), sizeof head).append(record.name).append(record.bytes);
}

std::optional<Record> next_record(std::string_view kind, std::string_view& left) {
  Head head{};
  if (left.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, left.data(), sizeof head);
  const std::string_view rest = left.substr(sizeof head);
  if (head.name > rest.size() || head.bytes > rest.size() - head.name) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(head.bytes);
  Record record{rest.substr(0, head.name),
                rest.substr(head.name, bytes),
                {head.size, head.inode, head.mtime_ns, head.ctime_ns},
                head.day};
  if (head.checksum != checksum(head, record.name, record.bytes, kind)) return std::nullopt;
  left = rest.substr(head.name + bytes);
  return record;
}

}  // namespace ledd::file_cache
