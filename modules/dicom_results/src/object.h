#pragma once
#include <span>
#include <string>
#include <string_view>

#include "ledd/dicom_results/origin.h"

#include "items.h"

namespace ledd::dicom_results {

/// What tells one kind of result from the others.
struct Kind {
  std::string role;  ///< "segmentation": into the series description and the UIDs.
  const char* sop_class;
  std::string modality;
  int series_number;
};

/// A result in the making: its modules of patient, study, series, equipment and instance.
class Object {
 public:
  /// @throws Error{kInput}  the origin has no series that can be referred to.
  Object(const Origin& origin, Kind kind);

  DcmDataset& data() { return *file_.getDataset(); }

  /// Pixel data, behind all other attributes.
  struct Pixels {
    DcmTagKey key;
    std::string_view vr;  ///< "OB", "OF": with a length of 32 bits.
    std::span<const std::uint8_t> bytes;
  };
  /// Gives the object its UIDs, which are digests of all that was put into it, and writes it to memory.
  /// @throws Error{kInput}  more pixels than a DICOM attribute can hold.
  std::string finish(const Pixels& pixels);
  std::string finish();

  const std::string& sop_instance_uid() const { return sop_instance_uid_; }  ///< Of a finished object.
  const std::string& series_uid() const { return series_uid_; }

 private:
  std::string serialised(bool whole_file);
  std::string with_uids(std::string_view pixels);

  Kind kind_;
  DcmFileFormat file_;
  std::string sop_instance_uid_, series_uid_;
};

}  // namespace ledd::dicom_results
