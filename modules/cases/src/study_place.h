#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/study_plan.h"

namespace ledd::cases {

/// What rules may ask of a series; `folder` is that of the study file.
study::Facts facts_of(const Series& series, const std::filesystem::path& folder);

/// Where a study file puts a series: whose it is, and from where.
struct Place {
  study::Facts facts;
  std::string header_id;               ///< PatientID; of an image file its name up to the first dot.
  std::string subject, site, scanner;  ///< As the study names them; empty: as the header does.
  std::optional<study::Date> date;
  std::vector<StudyDeviation> deviations;  ///< Of site and scanner.
  std::string refused;                     ///< Why nobody's; empty when it may be measured.
};
Place place_of(const Series& series, const StudyFile& file);

/// "GE Optima 1.5 T": as a case's tables name what the header says.
std::string scanner_of(const dicom::Stack& stack);

}  // namespace ledd::cases
