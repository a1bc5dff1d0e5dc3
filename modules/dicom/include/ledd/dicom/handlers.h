#pragma once
#include "ledd/isolation/serve.h"

namespace ledd::dicom {

/// What a child process does for index() and load(): all that touches the bytes of a file.
isolation::Handlers handlers();

}  // namespace ledd::dicom
