#pragma once
#include <string>

#include "items.h"

namespace ledd::dicom_results {

/// How a content item of a structured report hangs on its parent (PS3.3 C.17.3.2.4).
namespace relation {
inline constexpr const char* kContains = "CONTAINS";
inline constexpr const char* kModifies = "HAS CONCEPT MOD";
inline constexpr const char* kObserved = "HAS OBS CONTEXT";
inline constexpr const char* kAcquired = "HAS ACQ CONTEXT";
inline constexpr const char* kProperty = "HAS PROPERTIES";
}  // namespace relation

/// Each adds a content item behind those that `parent` has. An empty text adds none.
DcmItem& add_content(DcmItem& parent, const char* relation, const char* type, const Code& name);
void add_text(DcmItem& parent, const char* relation, const Code& name, const std::string& text);
DcmItem& add_concept(DcmItem& parent, const char* relation, const Code& name, const Code& value);
void add_uid(DcmItem& parent, const char* relation, const Code& name, const std::string& uid);
DcmItem& add_container(DcmItem& parent, const Code& name);
/// An image without a name of its own, as in an image library.
void add_image(DcmItem& parent, const std::string& sop_class, const std::string& uid);

/// Makes `item` say which template of PS3.16 it follows.
void put_template(DcmItem& item, const char* number);

}  // namespace ledd::dicom_results
