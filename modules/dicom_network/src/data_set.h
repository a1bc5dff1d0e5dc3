#pragma once
#include <filesystem>
#include <string>

#include "dcmtk_network.h"

namespace ledd::dicom_network {

/// A DICOM file as DCMTK parses it; long values stay in the file until they are wanted.
class DataSet {
 public:
  /// @throws Error{kFormat}
  explicit DataSet(const std::filesystem::path& file);

  /// Without padding; empty when absent.
  std::string text(const DcmTagKey& key);
  /// As data_set_digest(). @throws Error{kFormat}  a value cannot be read.
  std::string digest();
  DcmFileFormat& format() { return format_; }

 private:
  DcmFileFormat format_;
};

}  // namespace ledd::dicom_network
