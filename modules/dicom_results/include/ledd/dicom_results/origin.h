#pragma once
#include <string>

#include "ledd/dicom/dicom.h"

namespace ledd::dicom_results {

/// Who drew a segmentation.
enum class Maker { kAutomatic, kSemiautomatic, kManual };

/// What every result says of where it comes from.
///
/// Nothing in a result depends on when or where it was written: dates and times are those of the study, UIDs
/// are digests of the content. When the program ran stands in the record of the run.
struct Origin {
  const dicom::Stack* source = nullptr;  ///< The primary series: its grid, its images, its patient and study.
  std::string pipeline;                  ///< "spine-mri".
  std::string version;                   ///< Of the software: "0.1.0".
  std::string parameters{};              ///< Effective parameters, "a=1;b=2".
  std::string side{};                    ///< "R", "L", or "" where there is no side.
  Maker maker = Maker::kAutomatic;
};

}  // namespace ledd::dicom_results
