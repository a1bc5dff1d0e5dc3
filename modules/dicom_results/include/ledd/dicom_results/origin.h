#pragma once
#include <optional>
#include <string>

#include "ledd/dicom/dicom.h"

namespace ledd::dicom_results {

/// Who drew a segmentation.
enum class Maker { kAutomatic, kSemiautomatic, kManual };

/// A person who corrected a segmentation, before it was measured again.
struct Corrected {
  std::string reader;  ///< As he or she signs; never empty.
  std::string utc;     ///< When: ISO 8601, "2024-05-31T10:15:02Z".
  /// Of the structured report that the new one takes the place of; both empty where there was none.
  std::string report_uid{}, report_series_uid{};
};

/// What every result says of where it comes from.
///
/// Nothing in a result depends on when or where it was written: dates and times are those of the study, UIDs
/// are digests of the content. When the program ran stands in the record of the run. When a reader corrected
/// a result is part of what the new one says, as the standard wants it of a verified report.
struct Origin {
  const dicom::Stack* source = nullptr;  ///< The primary series: its grid, its images, its patient and study.
  std::string pipeline;                  ///< "spine-mri".
  std::string version;                   ///< Of the software: "0.1.0".
  std::string parameters{};              ///< Effective parameters, "a=1;b=2".
  std::string side{};                    ///< "R", "L", or "" where there is no side.
  Maker maker = Maker::kAutomatic;
  std::optional<Corrected> corrected{};
};

}  // namespace ledd::dicom_results
