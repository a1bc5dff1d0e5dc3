#pragma once
// dcmtk/config/osconfig.h must come before every other header of DCMTK.
// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on

#include <cstdint>
#include <string>

namespace ledd::deidentification {

/// Once per process: silences DCMTK's logger, whose messages quote values.
/// @throws Error{kInternal}  DCMTK's data dictionary is not installed.
void set_up_dcmtk();

inline std::uint32_t number_of(const DcmTagKey& key) {
  return (std::uint32_t{key.getGroup()} << 16U) | key.getElement();
}

/// Bytes of an element's value, all values joined by backslashes, without padding; empty when it is no text.
std::string raw_text(DcmElement& element);
std::string raw_text(DcmItem& item, const DcmTagKey& key);

/// Text as UTF-8 by the item's character set. Sets `ok` to false when that cannot be done.
std::string utf8_text(DcmItem& item, const DcmTagKey& key, bool& ok);

/// Replaces a value, keeping the VR. @throws Error{kInternal}
void put_text(DcmElement& element, const std::string& text);
void put_text(DcmItem& item, const DcmTagKey& key, const std::string& text);

}  // namespace ledd::deidentification
