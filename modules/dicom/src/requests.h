#pragma once

namespace ledd::dicom {

// What a child process of this module can be asked; the answers are packed values (fields.h).
constexpr const char* kScanRequest = "dicom.scan";  ///< Paths; answered by a Scanned for each.
constexpr const char* kHintRequest = "dicom.hint";  ///< A path; answered by its SeriesHint.
constexpr const char* kSameRequest = "dicom.same";  ///< Two paths; answered by a truth value.
constexpr const char* kPlanesRequest =
    "dicom.planes";  ///< A PlaneRequest; answered by floats, plane by plane.

}  // namespace ledd::dicom
