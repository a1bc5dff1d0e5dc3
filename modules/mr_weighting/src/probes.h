#pragma once
#include <optional>

#include "ledd/image/image.h"

namespace ledd::weighting {

/// What an image shows in the tissues that tell weightings apart, in standard deviations of its foreground.
struct Probes {
  int bodies = 0;
  double marrow = 0.0;     ///< Median of the bodies, middle slices.
  double canal = 0.0;      ///< Median of the dural sac, or of 4 to 12 mm behind the bodies in the midline.
  double muscle = 0.0;     ///< Lower third of 30 to 50 mm behind the bodies, 12 to 25 mm off the midline.
  double brightest = 0.0;  ///< 90th percentile of 30 to 90 mm behind the bodies: fat, where it is bright.
};

/// Nothing when there are fewer than three bodies, or too little behind them in view.
std::optional<Probes> probe(const Volume& flat, const Labels& labels);

}  // namespace ledd::weighting
