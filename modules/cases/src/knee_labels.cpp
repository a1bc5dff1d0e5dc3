#include "knee_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cartilage_morphometry/knee_regions.h"
#include "ledd/core/error.h"

#include "knee_study.h"

namespace ledd::cases {
namespace {

Labels::Pointer as_labels(const Volume& map) {
  auto labels = Labels::New();
  labels->CopyInformation(&map);
  labels->SetRegions(map.GetLargestPossibleRegion());
  labels->Allocate();
  const std::size_t count = map.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    labels->GetBufferPointer()[v] = static_cast<std::uint16_t>(std::lround(map.GetBufferPointer()[v]));
  return labels;
}

/// The regions of knee-mri: the smallest by number, several together by theirs. MT and LT are whole plates,
/// which have rows by their labels.
CartilageRelaxometry::SubRegions sub_regions_of(const Labels& map) {
  CartilageRelaxometry::SubRegions regions;
  regions.labels = &map;
  for (const knee::RegionSet& set : knee::region_sets()) {
    if (set.parts.size() == 1)
      regions.names[set.parts.front()] = set.name;
    else if (set.name != anatomy::short_name(set.cartilage))
      regions.together.push_back({std::string(set.name), set.parts});
  }
  return regions;
}

/// Of the whole knee, and of each plate with its parts.
std::map<std::string, KneeT2Study::Doubt> doubts_of(const KneeMri::Knee& knee) {
  std::map<std::string, KneeT2Study::Doubt> doubts;
  if (!knee.doubt.empty()) doubts[""] = {"segmentation: " + knee.doubt, false};
  if (!knee.limit.empty()) {
    auto& all = doubts[""];
    all.inherent = all.reason.empty();
    all.reason += (all.reason.empty() ? "segmentation: " : "; ") + knee.limit;
  }
  for (const auto& [id, doubt] : knee.cartilage.cartilages) {
    if (doubt.quality == Quality::kGood) continue;
    const KneeT2Study::Doubt said{"segmentation: " + doubt.reason, doubt.inherent};
    doubts[anatomy::short_name(id)] = said;
    for (const knee::RegionSet& set : knee::region_sets())
      if (set.cartilage == id) doubts[std::string(set.name)] = said;
  }
  return doubts;
}

KneeLabels refused(std::string reason, Context& context) {
  context.warn("no segmentation: " + reason);
  KneeLabels labels;
  labels.refusal = std::move(reason);
  return labels;
}

}  // namespace

KneeLabels segment_knee(const KneeMri& pipeline, const KneeStudy& study, Context& context) {
  KneeMri::Result found;
  try {
    found = pipeline(study, context);
  } catch (const Error& e) {  // the maps need no segmentation: they are worth having without
    if (e.code() == Errc::kCancelled || e.code() == Errc::kInternal) throw;
    return refused(e.what(), context);
  }
  if (found.knees.size() != 1)
    return refused("the series shows two knees, and which of them the values are of cannot be told", context);
  KneeLabels labels;
  labels.labels = found.outcome.labels;
  labels.region_map = as_labels(*found.outcome.maps.at("cartilage-regions"));
  labels.sub_regions = sub_regions_of(*labels.region_map);
  labels.side = found.knees.front().side;
  labels.doubts = doubts_of(found.knees.front());
  labels.notes = std::move(found.outcome.notes);
  return labels;
}

std::string other_side(const KneeLabels& labels, const dicom::Stack& echoes) {
  try {
    const auto told = side_of_tags(side_hints(echoes));
    if (!labels.side || !told.side || *told.side == *labels.side) return "";
    return fmt::format("it shows a {} knee, the echoes are of a {} one ({})",
                       ledd::name_of(*labels.side),
                       ledd::name_of(*told.side),
                       told.from);
  } catch (const Error& e) {  // a header that contradicts itself
    return e.what();
  }
}

Match match_fine_knee(const dicom::Stack& stack) {
  const KneeOrientation::Params limits;
  const double pixel_mm = std::max(stack.pixel_spacing_mm[0], stack.pixel_spacing_mm[1]);
  const double slice_mm = stack.slice_spacing_mm;
  if (std::max(pixel_mm, slice_mm) <= limits.max_reformat_mm) return {true, ""};
  const double tilt_deg =
      std::acos(std::clamp(std::abs(stack.normal_lps[0]), 0.0, 1.0)) * 180.0 / 3.14159265358979323846;
  if (tilt_deg <= limits.oblique_max_deg && pixel_mm <= limits.max_pixel_mm &&
      slice_mm <= limits.max_slice_mm)
    return {true, ""};
  return {false,
          fmt::format("voxels of {:.2g} x {:.2g} x {:.2g} mm, {:.0f} degrees off sagittal: too coarse",
                      stack.pixel_spacing_mm[0],
                      stack.pixel_spacing_mm[1],
                      slice_mm,
                      tilt_deg)};
}

Match match_side(const dicom::Stack& stack, const dicom::Stack& other) {
  try {
    const auto a = side_of_tags(side_hints(stack));
    const auto b = side_of_tags(side_hints(other));
    if (!a.side || !b.side || *a.side == *b.side) return {true, ""};
    return {false,
            fmt::format("it is of the {} knee ({}), the echoes are of the {} one ({})",
                        ledd::name_of(*a.side),
                        a.from,
                        ledd::name_of(*b.side),
                        b.from)};
  } catch (const Error& e) {
    return {false, e.what()};
  }
}

}  // namespace ledd::cases
