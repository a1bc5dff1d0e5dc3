#pragma once
#include <string>

#include "dataset.h"
#include "header.h"

namespace ledd::dicom {

/// Fills facts.frames, and the fields of facts.common that enhanced objects keep in functional groups.
/// Sets facts.defect or facts.without_geometry instead when the geometry is not that of an image plane.
void read_frames(DcmDataset& dataset, bool enhanced, Facts& facts);

}  // namespace ledd::dicom
