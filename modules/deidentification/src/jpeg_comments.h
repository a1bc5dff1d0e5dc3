#pragma once
#include "dcmtk.h"

namespace ledd::deidentification {

/// Blanks the comments and application data of JPEG, JPEG-LS and JPEG 2000 fragments, where encoders leave
/// texts; what a decoder needs (JFIF, Adobe's colour transform, SPIFF) stays. Decoded pixels are the same.
/// @throws Error{kInput}  a fragment of such a transfer syntax does not start as the standard says.
void blank_jpeg_comments(DcmDataset& dataset);

}  // namespace ledd::deidentification
