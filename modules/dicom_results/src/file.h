#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "dataset.h"

namespace ledd::dicom_results {

/// A DICOM file whose structure has been walked before DCMTK parsed it: it may come from anywhere.
/// @throws Error{kNotFound, kPermission}
/// @throws Error{kFormat}  no DICOM, cut off or malformed.
std::unique_ptr<DcmFileFormat> read_file(const std::filesystem::path& path);

/// A coded concept of a file.
struct ReadCode {
  std::string value, scheme, meaning;
  bool operator==(const ReadCode& other) const { return value == other.value && scheme == other.scheme; }
  explicit operator bool() const { return !value.empty(); }
};
ReadCode code_of(DcmItem& item);
/// Of the first item of a sequence; empty when there is none.
ReadCode code_of(DcmItem& item, const DcmTagKey& sequence);
std::string shown(const ReadCode& code);  ///< "(value, scheme, meaning)".

/// Items of a sequence; none when it is absent.
std::vector<DcmItem*> items_of(DcmItem& item, const DcmTagKey& sequence);

}  // namespace ledd::dicom_results
