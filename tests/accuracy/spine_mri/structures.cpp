#include "structures.h"

#include <itkRegionOfInterestImageFilter.h>
#include <itkSignedMaurerDistanceMapImageFilter.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ledd::accuracy {
namespace {

/// Voxel counts of every pair of labels that meet.
struct Overlap {
  std::map<std::uint16_t, std::size_t> truth, found;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::size_t> both;
};

Overlap overlap_of(const Labels& truth, const Labels& found) {
  Overlap o;
  const std::size_t count = truth.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const auto t = truth.GetBufferPointer()[n], f = found.GetBufferPointer()[n];
    if (t != 0) ++o.truth[t];
    if (f != 0) ++o.found[f];
    if (t != 0 && f != 0) ++o.both[{t, f}];
  }
  return o;
}

/// The smallest box that holds a label, one voxel wider where the image goes on.
Labels::RegionType box_of(const Labels& labels, std::uint16_t id) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  Labels::IndexType low, high;
  for (unsigned a = 0; a < 3; ++a) low[a] = static_cast<long>(size[a]), high[a] = -1;
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (labels.GetBufferPointer()[n] != id) continue;
    const auto at = labels.ComputeIndex(static_cast<long>(n));
    for (unsigned a = 0; a < 3; ++a) low[a] = std::min(low[a], at[a]), high[a] = std::max(high[a], at[a]);
  }
  Labels::RegionType box;
  for (unsigned a = 0; a < 3; ++a) {
    const long first = std::max(0L, low[a] - 1), last = std::min(static_cast<long>(size[a]) - 1, high[a] + 1);
    box.SetIndex(a, first);
    box.SetSize(a, static_cast<std::size_t>(last - first + 1));
  }
  return box;
}

Labels::RegionType joined(const Labels::RegionType& a, const Labels::RegionType& b) {
  Labels::RegionType box;
  for (unsigned d = 0; d < 3; ++d) {
    const long first = std::min(a.GetIndex(d), b.GetIndex(d));
    const long last = std::max(a.GetUpperIndex()[d], b.GetUpperIndex()[d]);
    box.SetIndex(d, first);
    box.SetSize(d, static_cast<std::size_t>(last - first + 1));
  }
  return box;
}

Mask::Pointer cut_out(const Labels& labels, std::uint16_t id, const Labels::RegionType& box) {
  auto mask = Mask::New();
  Mask::RegionType region;
  region.SetSize(box.GetSize());
  mask->SetRegions(region);
  mask->SetSpacing(labels.GetSpacing());
  mask->Allocate(true);
  const std::size_t count = region.GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    auto at = mask->ComputeIndex(static_cast<long>(n));
    for (unsigned a = 0; a < 3; ++a) at[a] += box.GetIndex(a);
    mask->GetBufferPointer()[n] = labels.GetPixel(at) == id ? 1 : 0;
  }
  return mask;
}

/// Unsigned distance of every voxel to the border voxels of a mask.
Volume::Pointer distance_to_border(const Mask& mask) {
  using Distance = itk::SignedMaurerDistanceMapImageFilter<Mask, Volume>;
  auto distance = Distance::New();
  distance->SetInput(&mask);
  distance->SetSquaredDistance(false);
  distance->SetUseImageSpacing(true);
  distance->Update();
  return distance->GetOutput();
}

bool on_border(const Mask& mask, const Mask::IndexType& at) {
  if (mask.GetPixel(at) == 0) return false;
  const auto& region = mask.GetLargestPossibleRegion();
  for (unsigned a = 0; a < 3; ++a)
    for (const long step : {-1L, 1L}) {
      auto beside = at;
      beside[a] += step;
      if (!region.IsInside(beside) || mask.GetPixel(beside) == 0) return true;
    }
  return false;
}

double surface_distance_mm(const Mask& a, const Mask& b) {
  double sum = 0.0, count = 0.0;
  const auto add = [&](const Mask& from, const Mask& to) {
    const auto distance = distance_to_border(to);
    const std::size_t voxels = from.GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::size_t n = 0; n < voxels; ++n) {
      if (!on_border(from, from.ComputeIndex(static_cast<long>(n)))) continue;
      sum += std::abs(static_cast<double>(distance->GetBufferPointer()[n]));
      count += 1.0;
    }
  };
  add(a, b);
  add(b, a);
  return sum / count;
}

}  // namespace

SetScore compare(const Labels& truth, const Labels& found, std::uint16_t first, std::uint16_t last) {
  const Overlap o = overlap_of(truth, found);
  const auto in_set = [&](std::uint16_t id) { return id >= first && id <= last; };
  const auto& s = truth.GetSpacing();
  const double voxel_cm3 = s[0] * s[1] * s[2] / 1000.0;
  SetScore score;
  std::set<std::uint16_t> matched;
  for (const auto& [id, size] : o.truth) {
    if (!in_set(id)) continue;
    StructureScore one{id, 0, 0.0, 0.0, 0.0, static_cast<double>(size) * voxel_cm3};
    std::uint16_t best = 0;
    std::size_t common = 0;
    for (const auto& [pair, n] : o.both)
      if (pair.first == id && in_set(pair.second) && n > common && !matched.contains(pair.second))
        best = pair.second, common = n;
    const double dice =
        best == 0 ? 0.0 : 2.0 * static_cast<double>(common) / static_cast<double>(size + o.found.at(best));
    if (dice >= 0.5) {
      matched.insert(best);
      const auto box = joined(box_of(truth, id), box_of(found, best));
      one.found_as = best;
      one.dice = dice;
      one.asd_mm = surface_distance_mm(*cut_out(truth, id, box), *cut_out(found, best, box));
      one.volume_cm3 = static_cast<double>(o.found.at(best)) * voxel_cm3;
    }
    score.structures.push_back(one);
  }
  for (const auto& [id, size] : o.found)
    if (in_set(id) && !matched.contains(id)) score.extra.push_back(id);
  return score;
}

double inferior_mm(const Labels& labels, std::uint16_t id) {
  double sum = 0.0, n = 0.0;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (std::size_t v = 0; v < size[0] * size[1] * size[2]; ++v)
    if (labels.GetBufferPointer()[v] == id) sum += static_cast<double>(v / size[0] % size[1]), n += 1.0;
  return sum / n * labels.GetSpacing()[1];
}

}  // namespace ledd::accuracy
