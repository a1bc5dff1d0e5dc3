#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// dcmtk/config/osconfig.h must come before every other header of DCMTK.
// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
// clang-format on

namespace ledd::dicom {

/// Once per process: silences DCMTK's logger and registers its JPEG, JPEG-LS and RLE decoders.
/// @throws Error{kInternal}  DCMTK's data dictionary is not installed.
void set_up_dcmtk();

/// Text of an element: all values, joined by backslashes, without padding; empty when absent. Not valid UTF-8
/// and control characters become '?'.
std::string text_of(DcmItem& item, const DcmTagKey& key);

/// Text of an element converted to UTF-8 from the data set's SpecificCharacterSet (0008,0005).
std::string localized_text_of(DcmItem& item, const DcmTagKey& key, const std::string& character_set);

/// The values of a numeric element; empty when absent, empty or not numeric. May hold NaN and infinities.
std::vector<double> numbers_of(DcmItem& item, const DcmTagKey& key);

/// The first value when it is finite.
std::optional<double> number_of(DcmItem& item, const DcmTagKey& key);
std::optional<int> integer_of(DcmItem& item, const DcmTagKey& key);

/// The parts of a text between backslashes.
std::vector<std::string> split(const std::string& text);

/// First item of a sequence; nullptr when there is none.
DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence);

/// "PixelSpacing (0028,0030)".
std::string name_and_tag(const DcmTagKey& key);

/// "<file>: PixelSpacing (0028,0030) is '-1\0'; <expected>".
std::string complaint(const std::filesystem::path& file,
                      const DcmTagKey& key,
                      const std::string& value,
                      const std::string& expected);

}  // namespace ledd::dicom
