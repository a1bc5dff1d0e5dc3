#include <fmt/format.h>

#include "ledd/mr_weighting/mr_weighting.h"

namespace ledd {

MrWeighting weighting_from_intensities(const Volume& flat, const Labels* labels) {
  if (labels == nullptr) return {MrContrast::kUnknown, false, 0.0, "no bodies to tell marrow by"};
  require_same_grid(flat, *labels, "the image and its labels");
  return {};
}

}  // namespace ledd
