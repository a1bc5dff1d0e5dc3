#pragma once
#include <cstdlib>
#include <fstream>
#include <string>

#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/report/report.h"

/// What the tests of measures on axial slices share.
namespace ledd::testing {

/// The disc below a vertebra, L3 to L5.
inline std::string region_of(phantom::Level level) {
  switch (level) {
    case phantom::Level::kL3: return "L3/L4";
    case phantom::Level::kL4: return "L4/L5";
    default: return "L5/S1";
  }
}

template <class Result>
const auto& level_of(const Result& result, const std::string& region) {
  for (const auto& level : result.levels)
    if (level.region == region) return level;
  throw Error(Errc::kInternal, "no level " + region);
}

/// Draws the outlines for people, where LEDD_PICTURES names a folder.
template <class Level>
void picture(const std::string& name, const Level& level, const Volume& image) {
  const char* folder = std::getenv("LEDD_PICTURES");
  if (folder == nullptr) return;
  Figure figure;
  figure.axis = level.axis;
  figure.slice = level.slice;
  figure.labels = false;
  figure.lines = report_lines(level);
  std::ofstream(std::string(folder) + "/" + name + ".png", std::ios::binary)
      << report::render_png(figure, image, nullptr);
}

}  // namespace ledd::testing
