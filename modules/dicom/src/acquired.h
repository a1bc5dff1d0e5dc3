#pragma once
#include <string>
#include <string_view>

// dcmtk/config/osconfig.h comes first.
#include "dataset.h"

namespace ledd::dicom {

/// A time in a header, in ISO 8601, and the attribute that says it. Both empty where none does.
struct Acquired {
  std::string time, from;
};

/// When an image was taken.
///
/// Method   AcquisitionDateTime; else AcquisitionDate with AcquisitionTime; else ContentDate, else
/// SeriesDate,
///          each with its time. A time that is none leaves the date alone; a date that is none is passed
///          over. Fractions of a second are dropped. The offset from UTC is given where AcquisitionDateTime
///          has it.
/// Source   DICOM PS3.5 table 6.2-1 (DA, DT, TM); PS3.3 C.7.6.1, C.7.3.1.
Acquired acquired(DcmItem& item);

/// "20240531101502.25+0100" as "2024-05-31T10:15:02+01:00"; "20240531" as "2024-05-31"; "" for what is no
/// date.
std::string iso_date_time(std::string_view digits);

}  // namespace ledd::dicom
