#include "transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"

namespace ledd::knee_t2 {
namespace {

bool same_grid(const itk::ImageBase<3>& a, const itk::ImageBase<3>& b) {
  try {
    require_same_grid(a, b, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool is_empty(const Labels& labels) {
  const auto* first = labels.GetBufferPointer();
  const auto* end = first + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return std::all_of(first, end, [](std::uint16_t id) { return id == 0; });
}

/// How the patient moved between the two series. Fills refusal or motion and note.
void align(const KneeT2Study& study,
           const RigidAlignment::Params& params,
           Context& context,
           Transferred& result) {
  const Volume& fixed = *study.echoes.front().image;
  const auto aligned = RigidAlignment(params)(fixed, *study.labels_scan, study.frames, nullptr, context);
  if (!aligned.refusal.empty()) {
    result.refusal = "the segmented series could not be brought onto the echoes: " + aligned.refusal;
    return;
  }
  result.labels_from_echoes = aligned.moving_from_fixed;
  result.note =
      aligned.refined
          ? fmt::format("The segmentation was moved by {:.1f} mm and {:.1f} degrees onto the echoes.",
                        aligned.moving_from_fixed.shift_length_mm(),
                        aligned.moving_from_fixed.turn_deg())
          : "The segmentation was brought onto the echoes by the scanner's coordinates.";
}

}  // namespace

Labels::Pointer resampled(const Labels& labels,
                          const itk::ImageBase<3>& grid,
                          const RigidMotion& labels_from_grid) {
  auto result = Labels::New();
  result->CopyInformation(&grid);
  result->SetRegions(grid.GetLargestPossibleRegion());
  result->Allocate(true);
  const std::size_t count = grid.GetLargestPossibleRegion().GetNumberOfPixels();
  const auto& region = labels.GetLargestPossibleRegion();
  for (std::size_t v = 0; v < count; ++v) {
    Labels::PointType here;
    result->TransformIndexToPhysicalPoint(result->ComputeIndex(static_cast<itk::OffsetValueType>(v)), here);
    const Point there_lps_mm = labels_from_grid({here[0], here[1], here[2]});
    Labels::IndexType index;
    const Labels::PointType there(there_lps_mm.data());
    if (labels.TransformPhysicalPointToIndex(there, index) && region.IsInside(index))
      result->GetBufferPointer()[v] = labels.GetPixel(index);
  }
  return result;
}

Transferred transfer(const KneeT2Study& study, const RigidAlignment::Params& alignment, Context& context) {
  Transferred result;
  const Volume& grid = *study.echoes.front().image;
  if (study.labels_scan != nullptr) {
    align(study, alignment, context, result);
  } else if (!same_grid(grid, *study.labels)) {
    if (study.frames == RigidAlignment::Frames::kDifferent)
      result.refusal = "the segmentation is in another frame of reference, and its scan is not given";
    else
      result.note =
          "The segmentation stands on another grid and was taken over by patient coordinates; whether the "
          "patient moved between the series was not looked at.";
  }
  if (!result.refusal.empty()) return result;
  result.labels = resampled(*study.labels, grid, result.labels_from_echoes);
  if (is_empty(*result.labels)) {
    result.labels = nullptr;
    result.refusal = "no voxel of the segmentation lies in the scan: is it of another knee or another frame?";
    return result;
  }
  if (study.sub_regions.labels != nullptr) {
    require_same_grid(*study.labels, *study.sub_regions.labels, "the labels and the sub-regions");
    result.sub_regions = resampled(*study.sub_regions.labels, grid, result.labels_from_echoes);
  }
  return result;
}

}  // namespace ledd::knee_t2
