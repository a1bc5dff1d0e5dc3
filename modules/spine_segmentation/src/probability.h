#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"

namespace ledd::spine {

inline constexpr double kWorkMm = 1.0;  ///< In-plane pixel of the network.
enum Channel : unsigned { kBody, kLast, kS1, kDisc, kSac, kChannels };

/// A box of pixels on the work grid: 1 mm in plane from the centre of the image's first voxel, native slices.
/// x runs posterior, y inferior, z across slices.
struct Box {
  long x = 0, y = 0, z = 0;
  long width = 0, height = 0, depth = 0;
};

/// Probabilities on a box of the work grid: values[channel][(z * height + y) * width + x].
struct Probability {
  Box box;
  std::array<std::vector<float>, kChannels> values;
  std::size_t at(long x, long y, long z) const {
    return static_cast<std::size_t>((z * box.height + y) * box.width + x);
  }
};

/// Runs the network over a volume whose axes run posterior, inferior, left or right.
/// @throws Error{kInput}  nothing that looks like a vertebral body is in the image.
Probability spine_probability(
    const Volume& flat, const std::string& onnx, double coarse_step_mm, double margin_mm, Context& context);

}  // namespace ledd::spine
