#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/label_editing/change.h"

namespace ledd::label_editing {

/// What happened to a label map, in order.
struct Entry {
  enum class Kind : std::uint8_t { kApply, kExtend, kUndo, kRedo };
  Kind kind = Kind::kApply;
  Change change;  ///< Empty for kUndo and kRedo.
  bool operator==(const Entry&) const = default;
};

/// The bytes of one entry: length, checksum, content. A journal is these one after the other, so that it can
/// be written while the work goes on and read up to where a crash cut it off.
std::string print(const Entry& entry);

struct Replay {
  std::vector<Entry> entries;
  std::size_t whole_bytes = 0;  ///< Up to here the journal is undamaged: where writing goes on.
  bool cut_off = false;         ///< Bytes follow that are no whole entry.
};
/// Whatever the bytes are: never throws, never reads beyond them.
Replay parse_journal(std::string_view bytes);

/// CRC-32 of a label map's voxels: a journal belongs to the labels that it began with.
std::uint32_t checksum_of(const Labels& labels);

}  // namespace ledd::label_editing
