#include "relative_depth.h"

#include <itkSignedMaurerDistanceMapImageFilter.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace ledd::cartilage {
namespace {

/// Distance in mm of every voxel's centre to the centre of the nearest voxel for which `is` holds.
Volume::Pointer distance_to(const Labels& labels, const std::function<bool(std::uint16_t)>& is) {
  auto mask = Mask::New();
  mask->CopyInformation(&labels);
  mask->SetRegions(labels.GetLargestPossibleRegion());
  mask->Allocate();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    mask->GetBufferPointer()[v] = is(labels.GetBufferPointer()[v]) ? 1 : 0;
  auto filter = itk::SignedMaurerDistanceMapImageFilter<Mask, Volume>::New();
  filter->SetInput(mask);
  filter->SetSquaredDistance(false);
  filter->SetUseImageSpacing(true);
  filter->SetNumberOfWorkUnits(1);
  filter->Update();
  Volume::Pointer distance = filter->GetOutput();
  distance->DisconnectPipeline();
  return distance;
}

}  // namespace

bool add_relative_depth(
    const Labels& labels, std::uint16_t plate, std::uint16_t bone, double farthest_mm, Volume& depth) {
  const auto* label = labels.GetBufferPointer();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  if (std::find(label, label + count, bone) == label + count) return false;
  const auto to_bone = distance_to(labels, [&](std::uint16_t id) { return id == bone; });
  const auto to_joint = distance_to(labels, [&](std::uint16_t id) { return id != bone && id != plate; });
  const auto spacing = labels.GetSpacing();
  // The border of the nearest voxel lies half a voxel before its centre; in the finest direction, which is
  // that of the slice plane, and plates are cut across.
  const double half_mm = 0.5 * std::min({spacing[0], spacing[1], spacing[2]});
  for (std::size_t v = 0; v < count; ++v) {
    if (label[v] != plate) continue;
    const double a = std::max(0.0, static_cast<double>(to_bone->GetBufferPointer()[v]) - half_mm);
    const double b = std::max(0.0, static_cast<double>(to_joint->GetBufferPointer()[v]) - half_mm);
    if (a <= farthest_mm && a + b > 0.0) depth.GetBufferPointer()[v] = static_cast<float>(a / (a + b));
  }
  return true;
}

}  // namespace ledd::cartilage
