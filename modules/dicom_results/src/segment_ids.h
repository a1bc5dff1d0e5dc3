#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/dicom_results/segmentation.h"

#include "segmentation_file.h"

namespace ledd::dicom_results {

/// How segments are given ids.
struct Recognition {
  const SegmentIds& ids;  ///< What the caller knows.
  Strangers strangers = Strangers::kRefuse;
};

/// The structure of each segment, by number of the segment; 0 of one that is left out. Adds to `notes` how
/// those were recognised that Ledd did not write.
/// @throws Error{kInput}  a segment fits no structure, or several, and strangers are refused; or the caller's
///                        ids name what is not there.
std::map<unsigned, std::uint16_t> recognise(const SegmentationFile& file,
                                            const dicom::Stack* onto,
                                            const Recognition& how,
                                            std::vector<std::string>& notes);

}  // namespace ledd::dicom_results
