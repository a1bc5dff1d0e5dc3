#include "pictures.h"

#include <fmt/format.h>

#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

std::string picture_of(const Figure& figure, const Volume& scan, const Outcome& outcome) {
  const auto other = outcome.figure_images.find(figure.name);
  if (other != outcome.figure_images.end()) return report::render_png(figure, *other->second, nullptr);
  const Volume* map = nullptr;
  if (figure.colours) {
    const auto found = outcome.maps.find(figure.colours->map);
    require(found != outcome.maps.end(),
            Errc::kInternal,
            fmt::format("figure {} shows a map {} that is not there", figure.name, figure.colours->map));
    map = found->second.GetPointer();
  }
  return report::render_png(figure, scan, outcome.labels.GetPointer(), map);
}

}  // namespace

std::vector<report::Picture> pictures_of(const Volume* scan, const Outcome& outcome) {
  std::vector<report::Picture> pictures;
  if (scan != nullptr)
    for (const Figure& figure : outcome.figures)
      pictures.push_back({figure.name, figure.caption, picture_of(figure, *scan, outcome)});
  for (const auto& one : outcome.surfaces)
    pictures.push_back({one.name, one.caption, report::render_png(one)});
  for (const auto& one : outcome.flat_maps)
    pictures.push_back({one.name, one.caption, report::render_png(one)});
  return pictures;
}

}  // namespace ledd::cases
