#pragma once
#include <functional>
#include <string>

#include "run_case.h"

namespace ledd::cases {

/// Why nothing can be written as DICOM of what was measured in this scan; empty when it can.
std::string no_dicom_reason(const PlannedCase& planned);

/// Hands over the DICOM files of a case, one at a time, by their names in its folder: the segmentation, the
/// measurements, the maps whose quantity has a name in DICOM, and the summary. None when no_dicom_reason()
/// has one.
/// @param summary_pdf  One page.
/// @throws Error{kInternal}  the outcome breaks a promise of its pipeline: another grid, an unknown label.
void dicom_objects(const Run& run,
                   const CaseResult& result,
                   const std::string& summary_pdf,
                   const std::function<void(const std::string& name, const std::string& bytes)>& write);

}  // namespace ledd::cases
