#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledd/file_cache/stamp.h"

namespace ledd::file_cache {

/// One record of a cache file; its texts point into the bytes it was read from.
struct Record {
  std::string_view name, bytes;
  Stamp stamp;
  std::uint32_t day = 0;
};

/// A name for bytes that follows from them; other bytes have another, but for one in 2^64.
std::string shared_name(std::string_view bytes);

/// What stands at the beginning of a cache file of this kind, on this machine.
std::string file_head(std::string_view kind);

/// Appends a record. `kind` goes into its checksum.
void append(const Record& record, std::string_view kind, std::string& to);

/// Takes the next record off the front; nullopt at the end, or when it is not whole and true.
std::optional<Record> next_record(std::string_view kind, std::string_view& left);

}  // namespace ledd::file_cache
