#pragma once
#include <string>

#include "ledd/dicom_results/origin.h"

namespace ledd::dicom_results {

/// A PDF as a DICOM Encapsulated PDF beside the study it was made from (PS3.3 A.45.1).
/// @return  Bytes of the file.
/// @throws Error{kInput}  no PDF, or a source without Study, Series or SOP Instance UID.
std::string encapsulated_pdf(const std::string& pdf, const std::string& title, const Origin& origin);

}  // namespace ledd::dicom_results
