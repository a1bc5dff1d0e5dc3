#pragma once
#include <vector>

#include "header.h"

namespace ledd::dicom {

/// Copies of one object (same SOP instance UID): with the same content the first path is kept and the others
/// are ignored as duplicates; with different content each becomes defective. The content is the same when the
/// bytes of the data sets are, or when geometry, rescale and decoded pixels are (another transfer syntax).
void settle_duplicates(std::vector<Scanned>& files);

}  // namespace ledd::dicom
