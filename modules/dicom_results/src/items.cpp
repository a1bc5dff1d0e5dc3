#include "items.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::dicom_results {
namespace {

void check(const OFCondition& done, const DcmTagKey& key) {
  if (done.good()) return;
  throw Error(Errc::kInternal, fmt::format("setting {}: {}", dicom::name_and_tag(key), done.text()));
}

/// Bytes of the UTF-8 character at `at`; 0 when there is none.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  std::size_t count = 0;
  if (lead < 0x80) count = 1;
  if (lead >= 0xC2 && lead <= 0xDF) count = 2;
  if (lead >= 0xE0 && lead <= 0xEF) count = 3;
  if (lead >= 0xF0 && lead <= 0xF4) count = 4;
  if (at + count > text.size()) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 0;
  return count;
}

/// Appends the characters of `text`, '?' for what is none or what `keeps` refuses, as far as they fit.
std::string copied(std::string_view text, std::size_t most_bytes, bool (*keeps)(char)) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t count = character_bytes(text, at);
    const bool kept = count > 1 || (count == 1 && keeps(text[at]));
    if (clean.size() + (kept ? count : 1) > most_bytes) break;
    clean += kept ? std::string(text.substr(at, count)) : "?";
    at += std::max<std::size_t>(count, 1);
  }
  return clean;
}

}  // namespace

void put(DcmItem& item, const DcmTagKey& key, const std::string& value) {
  check(item.putAndInsertString(DcmTag(key), value.c_str()), key);
}

void put_uint16(DcmItem& item, const DcmTagKey& key, unsigned value) {
  check(item.putAndInsertUint16(DcmTag(key), static_cast<Uint16>(value)), key);
}

void put_uint32(DcmItem& item, const DcmTagKey& key, std::size_t value) {
  check(item.putAndInsertUint32(DcmTag(key), static_cast<Uint32>(value)), key);
}

void put_double(DcmItem& item, const DcmTagKey& key, double value) {
  check(item.putAndInsertFloat64(DcmTag(key), value), key);
}

void put_bytes(DcmItem& item, const DcmTagKey& key, std::span<const std::uint8_t> bytes) {
  check(item.putAndInsertUint8Array(DcmTag(key), bytes.data(), bytes.size()), key);
}

void put_tag(DcmItem& item, const DcmTagKey& key, const DcmTagKey& value) {
  check(item.putAndInsertTagKey(DcmTag(key), value), key);
}

DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence) {
  constexpr signed long kAppend = -2;
  DcmItem* added = nullptr;
  check(item.findOrCreateSequenceItem(DcmTag(sequence), added, kAppend), sequence);
  return *added;
}

void put_empty_sequence(DcmItem& item, const DcmTagKey& sequence) {
  check(item.insertEmptyElement(DcmTag(sequence)), sequence);
}

DcmItem& add_code(DcmItem& item, const DcmTagKey& sequence, const Code& code) {
  DcmItem& added = add_item(item, sequence);
  put(added, code.value.size() > kShortBytes ? DCM_LongCodeValue : DCM_CodeValue, std::string(code.value));
  put(added, DCM_CodingSchemeDesignator, std::string(code.scheme));
  put(added, DCM_CodeMeaning, fitted(code.meaning, kLongBytes));
  return added;
}

DcmItem& add_reference(DcmItem& item,
                       const DcmTagKey& sequence,
                       const std::string& sop_class,
                       const std::string& uid) {
  DcmItem& added = add_item(item, sequence);
  put(added, DCM_ReferencedSOPClassUID, sop_class);
  put(added, DCM_ReferencedSOPInstanceUID, uid);
  return added;
}

std::string decimal(double value) {
  require(std::isfinite(value), Errc::kInput, fmt::format("{} has no decimal string", value));
  std::string text = fmt::format("{}", value);
  // Rounding up the largest numbers would make them infinite.
  const auto legal = [&] {
    return text.size() <= kShortBytes && std::isfinite(std::strtod(text.c_str(), nullptr));
  };
  for (int digits = 16; !legal(); --digits) text = fmt::format("{:.{}g}", value, digits);
  return text;
}

std::string decimals(std::initializer_list<double> values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : "\\") + decimal(value);
  return text;
}

std::string fitted(std::string_view text, std::size_t most_bytes) {
  return copied(text, most_bytes, [](char c) { return c >= ' ' && c != '\\' && c != 0x7F; });
}

std::string long_text(std::string_view text) {
  return copied(text, text.size(), [](char c) {
    return (c >= ' ' && c != 0x7F) || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

std::string uid_of(std::string_view role, std::string_view content) {
  const std::string digest = files::sha256(fmt::format("ledd {}\n{}", role, content));
  __extension__ using Wide = unsigned __int128;
  Wide number = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    std::uint64_t digit = 0;
    std::from_chars(digest.data() + i, digest.data() + i + 1, digit, 16);
    if (i == 12) digit = 8;                  // version: made by a rule of one's own
    if (i == 16) digit = (digit & 3U) | 8U;  // variant of RFC 9562
    number = number << 4U | digit;
  }
  std::string text;
  for (; number != 0; number /= 10) text += static_cast<char>('0' + static_cast<int>(number % 10));
  std::reverse(text.begin(), text.end());
  return "2.25." + text;
}

}  // namespace ledd::dicom_results
