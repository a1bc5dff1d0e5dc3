#include "dataset.h"

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <mutex>
#include <string_view>

#include "ledd/core/error.h"

namespace ledd::dicom {
namespace {

/// Number of bytes of the UTF-8 character at `at`; 0 when there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  std::size_t count = 0;
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  if (lead >= 0xC2 && lead <= 0xDF) count = 2;
  if (lead >= 0xE0 && lead <= 0xEF) count = 3;
  if (lead >= 0xF0 && lead <= 0xF4) count = 4;
  if (count == 0 || at + count > text.size()) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
  if (lead == 0xE0 && byte(at + 1) < 0xA0) return 0;  // overlong
  if (lead == 0xED && byte(at + 1) > 0x9F) return 0;  // surrogates
  if (lead == 0xF0 && byte(at + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(at + 1) > 0x8F) return 0;
  return count;
}

std::string printable(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t count = utf8_length(text, at);
    if (count == 0) {
      clean += '?';
      ++at;
    } else {
      clean.append(text.substr(at, count));
      at += count;
    }
  }
  return clean;
}

std::string_view trimmed(std::string_view text) {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0' || c == '\t'; };
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return text;
}

/// No attribute that is read here is longer; what is counts as absent. Bytes of a false VR may claim
/// gigabytes, which DCMTK would print, and its time grows with the square of the number of values.
constexpr Uint32 kMaxTextBytes = 4096;

std::string raw_text_of(DcmItem& item, const DcmTagKey& key) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(key, element).bad() || element == nullptr) return {};
  if (element->getLengthField() > kMaxTextBytes) return {};
  OFString value;
  if (element->getOFStringArray(value).bad()) return {};
  return std::string(trimmed({value.data(), value.size()}));
}

}  // namespace

void set_up_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // what is wrong with a file is said by Ledd, once
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
  });
  require(
      dcmDataDict.isDictionaryLoaded(), Errc::kInternal, "DCMTK's data dictionary (dicom.dic) was not found");
}

std::string text_of(DcmItem& item, const DcmTagKey& key) {
  return printable(raw_text_of(item, key));
}

std::string localized_text_of(DcmItem& item, const DcmTagKey& key, const std::string& character_set) {
  const std::string raw = raw_text_of(item, key);
  const bool plain = std::all_of(raw.begin(), raw.end(), [](char c) { return c >= 0x20; });
  if (plain || character_set.empty() || character_set == "ISO_IR 192" ||
      !DcmSpecificCharacterSet::isConversionAvailable())
    return printable(raw);
  DcmSpecificCharacterSet converter;
  OFString converted;
  if (converter.selectCharacterSet(character_set).bad()) return printable(raw);
  if (converter.convertString(OFString(raw.data(), raw.size()), converted, "").bad()) return printable(raw);
  return printable({converted.data(), converted.size()});
}

std::vector<double> numbers_of(DcmItem& item, const DcmTagKey& key) {
  const std::string text = raw_text_of(item, key);
  std::vector<double> numbers;
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const std::size_t to = std::min(text.find('\\', from), text.size());
    std::string_view part = trimmed(std::string_view(text).substr(from, to - from));
    if (part.size() > 1 && part.front() == '+') part.remove_prefix(1);
    double value = 0.0;
    const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (end != part.data() + part.size()) return {};
    if (status == std::errc::result_out_of_range) value = std::numeric_limits<double>::infinity();
    if (status == std::errc::invalid_argument) return {};
    numbers.push_back(value);
    from = to + 1;
  }
  return numbers;
}

std::optional<double> number_of(DcmItem& item, const DcmTagKey& key) {
  const std::vector<double> numbers = numbers_of(item, key);
  if (numbers.empty() || !std::isfinite(numbers.front())) return std::nullopt;
  return numbers.front();
}

std::optional<int> integer_of(DcmItem& item, const DcmTagKey& key) {
  const std::optional<double> value = number_of(item, key);
  if (!value || std::abs(*value) > 2e9 || *value != std::floor(*value)) return std::nullopt;
  return static_cast<int>(*value);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const std::size_t to = std::min(text.find('\\', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* found = nullptr;
  if (item.findAndGetSequenceItem(sequence, found, 0).bad()) return nullptr;
  return found;
}

std::string name_and_tag(const DcmTagKey& key) {
  return fmt::format("{} ({:04x},{:04x})", DcmTag(key).getTagName(), key.getGroup(), key.getElement());
}

std::string complaint(const std::filesystem::path& file,
                      const DcmTagKey& key,
                      const std::string& value,
                      const std::string& expected) {
  if (value.empty())
    return fmt::format("{}: {} is missing or empty; {}", file.string(), name_and_tag(key), expected);
  const std::string shown = value.size() > 120 ? value.substr(0, 120) + "..." : value;
  return fmt::format("{}: {} is '{}'; {}", file.string(), name_and_tag(key), shown, expected);
}

}  // namespace ledd::dicom
