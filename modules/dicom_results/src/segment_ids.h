#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/dicom_results/segmentation.h"

#include "segmentation_file.h"

namespace ledd::dicom_results {

/// The structure of each segment, by number of the segment; 0 of one that is left out. Adds to `notes` how
/// those were recognised that Ledd did not write.
/// @throws Error{kInput}  a segment fits no structure, or several; or `ids` names what is not there.
std::map<unsigned, std::uint16_t> recognise(const SegmentationFile& file,
                                            const dicom::Stack* onto,
                                            const SegmentIds& ids,
                                            std::vector<std::string>& notes);

}  // namespace ledd::dicom_results
