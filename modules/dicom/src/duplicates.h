#pragma once
#include <filesystem>
#include <vector>

#include "header.h"
#include "intake.h"

namespace ledd::dicom {

/// Whether two files hold the same image: the bytes of their data sets are the same, or geometry, rescale and
/// decoded pixels are (another transfer syntax). False when one of them cannot be decoded.
bool same_content(const std::filesystem::path& a, const std::filesystem::path& b);

/// Copies of one object (same SOP instance UID): with the same content the first path is kept and the others
/// are ignored as duplicates; with different content each becomes defective.
void settle_duplicates(std::vector<Scanned>& files, Intake& intake);

}  // namespace ledd::dicom
