#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/segment_codes.h"

#include "dataset.h"

namespace ledd::dicom_results {

using anatomy::Code;
using anatomy::kOwnScheme;

/// Longest texts of short strings (SH) and long strings (LO). In bytes: readers that count bytes of UTF-8 are
/// content too.
inline constexpr std::size_t kShortBytes = 16, kLongBytes = 64;

/// Sets an attribute, replacing what it held. An empty value leaves it present and empty.
void put(DcmItem& item, const DcmTagKey& key, const std::string& value);
void put_uint16(DcmItem& item, const DcmTagKey& key, unsigned value);
void put_uint32(DcmItem& item, const DcmTagKey& key, std::size_t value);
void put_double(DcmItem& item, const DcmTagKey& key, double value);
void put_bytes(DcmItem& item, const DcmTagKey& key, std::span<const std::uint8_t> bytes);
void put_tag(DcmItem& item, const DcmTagKey& key, const DcmTagKey& value);

/// A new item behind those that a sequence has.
DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence);
/// A sequence without items.
void put_empty_sequence(DcmItem& item, const DcmTagKey& sequence);
/// A coded concept as a new item: CodeValue, or LongCodeValue beyond 16 bytes.
DcmItem& add_code(DcmItem& item, const DcmTagKey& sequence, const Code& code);
/// SOP class and instance of an image as a new item.
DcmItem& add_reference(DcmItem& item,
                       const DcmTagKey& sequence,
                       const std::string& sop_class,
                       const std::string& uid);

/// A decimal string (DS) of at most 16 bytes: the shortest text that reads back as `value`; of those that
/// need more bytes, the nearest that fits.
std::string decimal(double value);
/// Decimals joined by backslashes.
std::string decimals(std::initializer_list<double> values);

/// `text` as one value of a string attribute: control characters and backslashes replaced, cut between
/// characters to `most_bytes`.
std::string fitted(std::string_view text, std::size_t most_bytes);
/// `text` as long text, where line ends and backslashes may stay; not valid UTF-8 becomes '?'.
std::string long_text(std::string_view text);

/// A UID below 2.25: the first 128 bits of SHA-256 of role and content, made a UUID of version 8.
std::string uid_of(std::string_view role, std::string_view content);

}  // namespace ledd::dicom_results
