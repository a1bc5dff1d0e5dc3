#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/dicom_results/origin.h"
#include "ledd/dicom_results/segmentation.h"
#include "ledd/measurement/measurement.h"

namespace ledd::dicom_results {

/// Measurements as a DICOM structured report: Comprehensive 3D SR, template TID 1500, one group for each side
/// and region in order of first appearance. A group refers to a segment where its region is one of
/// `segmentation`, else it is a group of its own (TID 1501). Values keep every bit (FloatingPointValue
/// beside the decimal string); what DICOM has no place for stands in Ledd's own concepts.
///
/// @param definitions   Has the endpoint of every measurement.
/// @param segmentation  Of the same source; null when there is none.
/// @return              Bytes of the file.
/// @throws Error{kInput}  no measurement; an endpoint without definition; a value that is not finite, or is
///                        there or not against its quality; a measurement without unit.
std::string measurement_report(const std::vector<Measurement>& measurements,
                               const std::vector<EndpointDefinition>& definitions,
                               const Segmentation* segmentation,
                               const Origin& origin);

struct ReadMeasurement {
  Measurement measurement;
  std::string method;                                       ///< EndpointDefinition::method.
  std::string segmentation_uid{}, tracking_uid{}, title{};  ///< The first empty where no segment is meant.
  unsigned segment = 0;
};

struct ReadMeasurementReport {
  std::vector<ReadMeasurement> measurements;  ///< In the order of the file.
  std::vector<std::string> source_uids;       ///< SOP Instance UIDs of the image library.
  std::vector<std::string> notes;
};

/// Reads what measurement_report() writes, and of other makers' TID 1500 reports what has a counterpart:
/// endpoint and region are then the meanings of the codes, and `notes` says so.
/// @throws Error{kNotFound, kPermission}
/// @throws Error{kFormat}       no sound DICOM file, or a number that is none.
/// @throws Error{kUnsupported}  another kind of object, or another template.
/// @throws Error{kInput}        the child process that reads it failed.
ReadMeasurementReport read_measurement_report(const std::filesystem::path& path, const Context& context);

/// Of a file that this program wrote, to refer to it.
struct ReportUids {
  std::string sop_instance_uid, series_uid;
};
/// @throws Error{kNotFound, kPermission, kFormat}
ReportUids report_uids(const std::filesystem::path& path);

/// The same within this process: for the child, and for files that this program wrote.
ReadMeasurementReport parse_measurement_report(const std::filesystem::path& path);

}  // namespace ledd::dicom_results
