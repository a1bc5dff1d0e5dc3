#pragma once
#include <string>
#include <vector>

#include "scene.h"

namespace ledd::viewer {

/// A window that one looks through again and again.
struct Preset {
  std::string name;
  plane_view::Window window;
  std::string source;  ///< Where it is from.
};

/// Those that fit a scan, the one to begin with first: of HU, of mineral density, or parts of the values that
/// are there where these have no scale of their own, as in MR. Never empty.
/// @param whole  The middle 98 % of the scan's values.
std::vector<Preset> presets_of(const Content& content, const plane_view::Window& whole);

}  // namespace ledd::viewer
