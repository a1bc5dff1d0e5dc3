#include "network_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "fields.h"

namespace ledd::knee {
namespace {

std::vector<float> softmax(const Planes& logits, const Window& window) {
  const std::size_t plane = static_cast<std::size_t>(logits.height) * static_cast<std::size_t>(logits.width);
  const std::size_t count = static_cast<std::size_t>(window.height) * static_cast<std::size_t>(window.width);
  std::vector<float> out(kClasses * count);
  for (int y = 0; y < window.height; ++y)
    for (int x = 0; x < window.width; ++x) {
      const float* in = logits.values.data() + static_cast<long>(y) * logits.width + x;
      float* to = out.data() + static_cast<long>(y) * window.width + x;
      float most = in[0], sum = 0.0F;
      for (std::size_t c = 1; c < kClasses; ++c) most = std::max(most, in[c * plane]);
      for (std::size_t c = 0; c < kClasses; ++c) sum += to[c * count] = std::exp(in[c * plane] - most);
      for (std::size_t c = 0; c < kClasses; ++c) to[c * count] /= sum;
    }
  return out;
}

}  // namespace

std::vector<float> Networks::shares(const Planes& slab, const Window& window) {
  Planes logits;
  tbb::this_task_arena::isolate([&] { logits = networks_.local()(slab); });
  require(
      logits.channels == kClasses,
      Errc::kFormat,
      fmt::format("the network has {} outputs; {} are needed", logits.channels, static_cast<int>(kClasses)));
  return softmax(logits, window);
}

}  // namespace ledd::knee
