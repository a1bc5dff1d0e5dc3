#pragma once
#include <string>

#include "ledd/dicom_network/drop.h"

namespace ledd::dicom_network {

/// study.json.
std::string to_json(const Study& study);

/// @throws Error{kFormat}  not what to_json() writes.
Study parse_study(const std::string& text);

}  // namespace ledd::dicom_network
