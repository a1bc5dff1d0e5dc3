#pragma once
#include <memory>
#include <string>

#include "dcmtk.h"

namespace ledd::deidentification {

/// A file of its own: empty preamble, new file meta information, the data set in the transfer syntax it came
/// in, nothing behind it. @throws Error{kInput}  it cannot be written so.
std::string encode(std::unique_ptr<DcmDataset> dataset);

}  // namespace ledd::deidentification
