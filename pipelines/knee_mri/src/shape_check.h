#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/knee_segmentation/knee_segmentation.h"
#include "ledd/knee_shape/knee_shape.h"

namespace ledd::knee_mri {

/// What the learned shape says of one knee.
struct ShapeView {
  std::vector<ShapeFit> fits;  ///< Of the bones that are there.
  /// By id: what lies, or lay, in unlikely places; that the bone is unlike the learned ones.
  std::map<std::uint16_t, std::string> cartilage;
  std::vector<std::string> notes;
};

/// Takes what the network called cartilage in places where hardly any learned knee has some out of the labels
/// and the probabilities. On a bone that is unlike the learned ones nothing is taken.
ShapeView clean_by_shape(const KneeShape& shape, anatomy::Side side, KneeSegmentation::Result& found);

/// The same look at labels that somebody gave; nothing is taken.
ShapeView look_by_shape(const KneeShape& shape,
                        anatomy::Side side,
                        const Labels& labels,
                        const CartilageResult& measured);

/// Marks the cartilages, and adds the bone area by the shape.
void apply_shape(const KneeShape& shape, const ShapeView& view, CartilageResult& measured);

}  // namespace ledd::knee_mri
