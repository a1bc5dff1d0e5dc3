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

std::vector<Figure> change_figures(long slice, const itk::ImageBase<3>& baseline) {
  Figure before = across(slice);
  before.name = "baseline";
  before.caption =
      fmt::format("Slice {} of the baseline with its compartments in the common region.", slice + 1);
  before.window = {-200.0, 1200.0};
  before.letters = false;
  Figure after = before;
  after.name = "followup";
  after.caption = "The follow-up moved to the same place: must show the same trabeculae.";
  after.around_labels_mm.reset();
  Figure difference = before;
  difference.name = "difference";
  difference.caption = "Follow-up minus baseline: double edges would tell a wrong registration.";
  difference.labels = false;
  difference.colours =
      MapOverlay{"difference", {"density change", "mg HA/cm3", -500.0, 500.0, ColourScale::Kind::kChange}};
  Figure along = difference;
  along.name = "difference-along";
  along.caption = "The same along the bone.";
  along.axis = 1;
  along.slice = slices_of(baseline, 1) / 2;
  return {before, after, difference, along};
}

}  // namespace ledd::bone_hrpqct
