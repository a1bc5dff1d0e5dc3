#include "pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace ledd::bone_hrpqct {
namespace {

constexpr double kMarginMm = 1.5;

long slices_of(const itk::ImageBase<3>& scan, unsigned axis) {
  return static_cast<long>(scan.GetLargestPossibleRegion().GetSize(axis));
}

Figure across(long slice) {
  Figure figure;
  figure.name = fmt::format("slice-{}", slice + 1);
  figure.caption =
      fmt::format("Slice {} with the outlines of the cortical and the trabecular compartment.", slice + 1);
  figure.slice = slice;
  figure.around_labels_mm = kMarginMm;
  return figure;
}

}  // namespace

std::vector<Figure> figures(const itk::ImageBase<3>& scan) {
  const long last = slices_of(scan, 2) - 1;
  std::vector<Figure> all;
  for (const long slice : std::set<long>{last / 10, last / 2, last - last / 10}) all.push_back(across(slice));
  Figure along;
  along.name = "along";
  along.caption = "Along the bone, through the middle of the image.";
  along.axis = 1;
  along.slice = slices_of(scan, 1) / 2;
  along.around_labels_mm = kMarginMm;
  all.push_back(along);
  return all;
}

Figure map_figure(const itk::ImageBase<3>& scan, const std::string& map, const ColourScale& scale) {
  Figure figure = across((slices_of(scan, 2) - 1) / 2);
  figure.name = map;
  std::transform(figure.name.begin(), figure.name.end(), figure.name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  figure.caption = fmt::format("The middle slice: {} in colour.", scale.quantity);
  figure.labels = false;
  figure.colours = MapOverlay{map, scale};
  return figure;
}

}  // namespace ledd::bone_hrpqct
