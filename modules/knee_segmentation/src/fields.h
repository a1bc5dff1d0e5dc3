#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/knee_segmentation/knee_segmentation.h"

namespace ledd::knee {

/// The network's classes; class n + 1 is KneeSegmentation::Field n.
enum Class : std::uint8_t {
  kAir,
  kFemur,
  kFemoral,
  kTibia,
  kTibial,
  kPatella,
  kPatellar,
  kMeniscus,
  kClasses
};

/// A stack of class numbers with its size; x runs to posterior, y to inferior.
struct Grid {
  long nx = 0, ny = 0, nz = 0;
  std::array<double, 3> mm{};
  std::vector<std::uint8_t> classes;

  std::size_t at(long x, long y, long z) const { return static_cast<std::size_t>((z * ny + y) * nx + x); }
  double voxel_mm3() const { return mm[0] * mm[1] * mm[2]; }
};

/// What the network says on the pixels of the volume.
struct Fields {
  std::array<Volume::Pointer, KneeSegmentation::kFields> probability;  ///< 0 outside the searched region.
  Grid grid;                                                           ///< The most probable class.
};

/// The views merged: sagittal slices, and, where they are close enough, coronal and axial ones.
/// @param sagittal  Axes posterior, inferior, left or right.
/// @throws Error{kInput}   the coarse pass finds no bone or cartilage.
/// @throws Error{kFormat}  a network has another number of outputs.
Fields run_networks(const Volume& sagittal,
                    const KneeNetworks& onnx,
                    const KneeSegmentation::Params& params,
                    Context& context);

}  // namespace ledd::knee
