#include <dcmtk/dcmdata/dcspchrs.h>

#include <algorithm>
#include <mutex>
#include <string_view>

#include "ledd/core/error.h"

#include "dcmtk.h"

namespace ledd::deidentification {
namespace {

std::string trimmed(std::string_view text) {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0' || c == '\t'; };
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// Lead bytes with as many followers as they announce, nothing overlong, no surrogate.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned lead = byte(0);
    const std::size_t count = lead < 0x80   ? 1
                              : lead < 0xC2 ? 0
                              : lead < 0xE0 ? 2
                              : lead < 0xF0 ? 3
                              : lead < 0xF5 ? 4
                                            : 0;
    if (count == 0) return false;
    for (std::size_t i = 1; i < count; ++i)
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    const unsigned second = byte(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
      return false;
    at += count;
  }
  return true;
}

void check(const OFCondition& done) {
  require(done.good(), Errc::kInternal, std::string("DCMTK refuses a new value: ") + done.text());
}

}  // namespace

void set_up_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] { OFLog::configure(OFLogger::OFF_LOG_LEVEL); });
  require(
      dcmDataDict.isDictionaryLoaded(), Errc::kInternal, "DCMTK's data dictionary (dicom.dic) was not found");
}

std::string raw_text(DcmElement& element) {
  OFString value;
  if (element.getOFStringArray(value).bad()) return {};
  return trimmed({value.data(), value.size()});
}

std::string raw_text(DcmItem& item, const DcmTagKey& key) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(key, element).bad()) return {};
  return raw_text(*element);
}

std::string utf8_text(DcmItem& item, const DcmTagKey& key, bool& ok) {
  std::string raw = raw_text(item, key);
  ok = true;
  if (is_ascii(raw)) return raw;
  DcmSpecificCharacterSet converter;
  OFString converted;
  const std::string set = raw_text(item, DCM_SpecificCharacterSet);
  ok = !set.empty() && converter.selectCharacterSet(set).good() &&
       converter.convertString(OFString(raw.data(), raw.size()), converted, "").good();
  ok = ok && is_utf8({converted.data(), converted.size()});
  return ok ? trimmed({converted.data(), converted.size()}) : std::string();
}

void put_text(DcmElement& element, const std::string& text) {
  check(element.putString(text.c_str()));
}

void put_text(DcmItem& item, const DcmTagKey& key, const std::string& text) {
  check(item.putAndInsertString(DcmTag(key), text.c_str()));
}

}  // namespace ledd::deidentification
