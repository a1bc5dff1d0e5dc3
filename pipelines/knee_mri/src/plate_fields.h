#pragma once
#include <map>
#include <vector>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/knee_segmentation/knee_segmentation.h"

namespace ledd::knee_mri {

/// The network's probabilities by label id. Both tibial plates share one field of the network; here each has
/// the slices of its side, parted where their labels are.
struct PlateFields {
  CartilageThickness::Probabilities by_id;
  std::vector<Volume::Pointer> own;  ///< Those made here; `by_id` points to them.
};
PlateFields plate_fields(const KneeSegmentation::Result& found);

}  // namespace ledd::knee_mri
