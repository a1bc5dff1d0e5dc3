#pragma once
#include <string>
#include <string_view>

#include "ledd/dicom_results/origin.h"
#include "ledd/measurement/measurement.h"

#include "items.h"

namespace ledd::dicom_results {

/// A code whose texts are its own.
struct OwnedCode {
  std::string value, scheme, meaning;
  Code code() const { return {value, scheme, meaning}; }
};

/// "EP-Ha": a value of Ledd's own scheme for a key; a digest of the key where that is longer than a code
/// value may be or has characters that it may not have.
OwnedCode own_code(std::string_view prefix, const std::string& key, const std::string& meaning);

OwnedCode unit_code(const std::string& unit);          ///< UCUM.
OwnedCode quantity_code(const std::string& map_name);  ///< What a map shows.
/// A public code where it says all that the endpoint does, else one of our own.
OwnedCode endpoint_code(const EndpointDefinition& endpoint);
OwnedCode statistic_code(const std::string& statistic);
/// The statistic of a code that statistic_code() can give; else empty.
std::string statistic_of(const std::string& value, const std::string& scheme);

/// The part of the body that a pipeline looks at.
Code region_of(const Origin& origin);

namespace term {
// Concepts that DICOM has no code for: how far a measurement may be trusted, and Ledd's names of things.
inline constexpr Code kEndpoint{"ENDPOINT", kOwnScheme, "Key of the endpoint"};
inline constexpr Code kRegion{"REGION", kOwnScheme, "Short name of the region"};
inline constexpr Code kSide{"SIDE", kOwnScheme, "Side of the body"};
inline constexpr Code kStatistic{"STATISTIC", kOwnScheme, "Statistic"};
inline constexpr Code kMethodText{"METHOD", kOwnScheme, "Name of the method"};
inline constexpr Code kUnit{"UNIT", kOwnScheme, "Unit that the value would have"};
inline constexpr Code kQuality{"QUALITY", kOwnScheme, "Quality of the measurement"};
inline constexpr Code kReason{"REASON", kOwnScheme, "Reason of doubt or failure"};
inline constexpr Code kInherent{"INHERENT", kOwnScheme, "Lies in the scan and not in its reading"};
inline constexpr Code kGood{"GOOD", kOwnScheme, "Measured as defined"};
inline constexpr Code kUncertain{"UNCERTAIN", kOwnScheme, "To be used with care"};
inline constexpr Code kFailed{"FAILED", kOwnScheme, "Not measurable"};
inline constexpr Code kYes{"373066001", "SCT", "Yes"};

inline constexpr Code kReport{"126000", "DCM", "Imaging Measurement Report"};
inline constexpr Code kLibrary{"111028", "DCM", "Image Library"};
inline constexpr Code kLibraryGroup{"126200", "DCM", "Image Library Group"};
inline constexpr Code kMeasurements{"126010", "DCM", "Imaging Measurements"};
inline constexpr Code kGroup{"125007", "DCM", "Measurement Group"};
inline constexpr Code kTrackingId{"112039", "DCM", "Tracking Identifier"};
inline constexpr Code kTrackingUid{"112040", "DCM", "Tracking Unique Identifier"};
inline constexpr Code kFinding{"121071", "DCM", "Finding"};
inline constexpr Code kReferencedSegment{"121191", "DCM", "Referenced Segment"};
inline constexpr Code kSourceSeries{"121232", "DCM", "Source series for segmentation"};
inline constexpr Code kFindingSite{"363698007", "SCT", "Finding Site"};
inline constexpr Code kLaterality{"272741003", "SCT", "Laterality"};
inline constexpr Code kTopography{"106233006", "SCT", "Topographical modifier"};
inline constexpr Code kRight{"24028007", "SCT", "Right"};
inline constexpr Code kLeft{"7771000", "SCT", "Left"};
inline constexpr Code kMethod{"370129005", "SCT", "Measurement Method"};
inline constexpr Code kDerivation{"121401", "DCM", "Derivation"};
inline constexpr Code kFailure{"114006", "DCM", "Measurement failure"};
}  // namespace term

}  // namespace ledd::dicom_results
