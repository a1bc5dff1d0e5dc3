#pragma once
#include <vector>

#include "header.h"

namespace ledd::dicom {

/// Files that were refused or ignored, but may be slices that a series now lacks, become defective files of
/// that series, which makes its stacks unreadable: one at the end would not be missed otherwise.
///
/// Method   (1) A refused file whose SeriesInstanceUID was still found belongs to that series. (2) So does an
///          image plane of a class that is not read, in a series of planes that are. (3) A refused file, or
///          an image plane of a class that DICOM does not know, of no
///          known series belongs to the series of its folder when all sound planes of the folder are of one.
void adopt_strays(std::vector<Scanned>& files);

/// A single slice that lies just where a stack would go on, and is kept from it only by an attribute that
/// differs, may be a slice of it with a damaged header: the stack gets a problem. The slice is of the same
/// series, or in the same folder.
void refuse_continued(std::vector<Stack>& stacks);

}  // namespace ledd::dicom
