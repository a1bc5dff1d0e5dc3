#pragma once
#include <string>

#include "plane.h"

namespace ledd::paraspinal {

/// What a section shows, tissue by tissue.
struct FatMap {
  Plane fat;           ///< Share of fat: about 0 in lean muscle, 1 in fat; 0 where `tissue` is not set.
  Flags tissue;        ///< In the image, and neither air nor too dark for muscle (cortex, fascia, flow void).
  Flags seen;          ///< In the image.
  double noise = 0.0;  ///< SD of `fat` in lean muscle.
  double scale_se = 0.0;  ///< Relative standard error of the scale from muscle to fat; 0 of a water-fat pair.
  std::string problem;    ///< Why there is no map; empty when there is.
};

FatMap fat_map(const axial::Section& water, const axial::Section& fat);

/// Of a T2 or T1, where fat is brighter than muscle.
FatMap fat_map(const axial::Section& image);

}  // namespace ledd::paraspinal
