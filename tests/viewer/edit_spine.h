#pragma once
#include <cstdint>

#include "phantom.h"
#include "scene.h"

namespace ledd::viewer {

inline constexpr std::uint16_t kT12 = 19, kL1 = 20, kL2 = 21, kDisc = 120;

inline void box(Labels& labels, std::uint16_t id, Labels::IndexType first, Labels::IndexType last) {
  for (long k = first[2]; k <= last[2]; ++k)
    for (long j = first[1]; j <= last[1]; ++j)
      for (long i = first[0]; i <= last[0]; ++i) labels.SetPixel({{i, j, k}}, id);
}

/// L1, the disc below and L2 on an axial stack.
inline Labels::Pointer spine() {
  const auto labels = phantom::blank<Labels>({50, 60, 40}, {1.0, 1.0, 2.0}, std::uint16_t{0});
  box(*labels, kL2, {{10, 20, 5}}, {{35, 45, 15}});
  box(*labels, kDisc, {{10, 20, 16}}, {{35, 45, 18}});
  box(*labels, kL1, {{10, 20, 19}}, {{35, 45, 30}});
  return labels;
}

inline Content content_of(const Labels::Pointer& labels) {
  Content content;
  content.scan = phantom::blank<Volume>({50, 60, 40}, {1.0, 1.0, 2.0}, 100.0F);
  content.labels = labels;
  return content;
}

}  // namespace ledd::viewer
