#pragma once
#include "ledd/cartilage_thickness/cartilage_thickness.h"
#include "ledd/isosurface/isosurface.h"

namespace ledd::cartilage {

/// The two bodies whose surfaces bound the layer; inside is above 0.5.
struct Bodies {
  Volume::Pointer bone, both;
};

/// Fills laplace_mm and no_streamline_share of a layer whose plates are known.
void measure_streamlines(const Labels& labels,
                         const Bodies& bodies,
                         const CartilageThickness::Params& params,
                         CartilageLayer& layer);

/// From `covered` (id of the cartilage at each vertex, or 0): plates, and which of their vertices are
/// covered.
void find_bone_areas(const std::vector<std::uint16_t>& seen,
                     const CartilageThickness::Params& params,
                     CartilageLayer& layer);

}  // namespace ledd::cartilage
