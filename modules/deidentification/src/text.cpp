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
  const std::string raw = raw_text(item, key);
  ok = true;
  if (is_ascii(raw)) return raw;
  DcmSpecificCharacterSet converter;
  OFString converted;
  const std::string set = raw_text(item, DCM_SpecificCharacterSet);
  ok = !set.empty() && converter.selectCharacterSet(set).good() &&
       converter.convertString(OFString(raw.data(), raw.size()), converted, "").good();
  return ok ? trimmed({converted.data(), converted.size()}) : std::string();
}

void put_text(DcmElement& element, const std::string& text) {
  check(element.putString(text.c_str()));
}

void put_text(DcmItem& item, const DcmTagKey& key, const std::string& text) {
  check(item.putAndInsertString(DcmTag(key), text.c_str()));
}

}  // namespace ledd::deidentification
