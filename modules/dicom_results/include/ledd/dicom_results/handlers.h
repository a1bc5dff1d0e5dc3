#pragma once
#include "ledd/isolation/serve.h"

namespace ledd::dicom_results {

/// What a child process does for the read functions: all that touches the bytes of a file.
isolation::Handlers handlers();

}  // namespace ledd::dicom_results
