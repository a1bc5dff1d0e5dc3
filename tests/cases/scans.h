#pragma once
#include <filesystem>

#include "ledd/files/files.h"

#include "phantom.h"

namespace ledd::testing {

/// A sagittal stack: i backwards, j downwards, k to the right; `bright` voxels of 100 in an else empty image.
inline Volume::Pointer sagittal_scan(std::size_t bright, std::size_t slices = 6) {
  auto scan = phantom::blank<Volume>({8, 10, slices}, {1.0, 1.0, 4.0}, 1.0F);
  Volume::DirectionType direction;
  direction.Fill(0.0);
  direction(1, 0) = 1.0;
  direction(2, 1) = -1.0;
  direction(0, 2) = -1.0;
  scan->SetDirection(direction);
  for (std::size_t i = 0; i < bright; ++i) scan->GetBufferPointer()[i] = 100.0F;
  return scan;
}

inline void write_scan(const std::filesystem::path& path, std::size_t bright, std::size_t slices = 6) {
  files::write_volume(*sagittal_scan(bright, slices), path);
}

}  // namespace ledd::testing
