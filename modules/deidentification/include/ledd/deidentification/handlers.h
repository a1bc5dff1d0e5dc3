#pragma once
#include "ledd/isolation/serve.h"

namespace ledd::deidentification {

/// What a child process does for deidentify_all(): all that touches the bytes of a file.
isolation::Handlers handlers();

}  // namespace ledd::deidentification
