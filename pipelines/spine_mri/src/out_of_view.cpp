#include "out_of_view.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "ledd/anatomy/anatomy.h"

namespace ledd::spine_mri {
namespace {

constexpr double kUsualStepMm = 35.0;  // between centres, lumbar
constexpr double kNextReach = 1.5;     // steps from a centre to the far end of the next body

struct Extent {
  std::uint16_t id = 0;
  double centre_vox = 0.0;  // along the head-foot axis
  long first = 0, last = 0;
  double voxels = 0.0;
};

bool is_vertebra(std::uint16_t id) {
  return (id >= 1 && id <= anatomy::kS1) || id == anatomy::kT13;
}

/// The vertebrae along the image axis nearest to head-foot, in its order.
std::vector<Extent> column_of(const Labels& labels, unsigned axis) {
  std::map<std::uint16_t, Extent> found;
  const auto& region = labels.GetLargestPossibleRegion();
  const auto size = region.GetSize();
  std::array<long, 3> p{};
  const auto* voxel = labels.GetBufferPointer();
  for (p[2] = 0; p[2] < static_cast<long>(size[2]); ++p[2])
    for (p[1] = 0; p[1] < static_cast<long>(size[1]); ++p[1])
      for (p[0] = 0; p[0] < static_cast<long>(size[0]); ++p[0], ++voxel) {
        if (*voxel == 0 || !is_vertebra(*voxel)) continue;
        Extent& e = found.try_emplace(*voxel, Extent{*voxel, 0.0, p[axis], p[axis], 0.0}).first->second;
        e.first = std::min(e.first, p[axis]);
        e.last = std::max(e.last, p[axis]);
        e.centre_vox += static_cast<double>(p[axis]);
        e.voxels += 1.0;
      }
  std::vector<Extent> column;
  for (auto& [id, e] : found) {
    e.centre_vox /= e.voxels;
    column.push_back(e);
  }
  std::sort(
      column.begin(), column.end(), [](const auto& a, const auto& b) { return a.centre_vox < b.centre_vox; });
  return column;
}

/// How an end of the column lies in the image.
struct End {
  std::uint16_t id = 0;
  bool cut = false;
  bool full = false;  // no room for another body
};

End end_of(const std::vector<Extent>& column, bool at_last, long size, double spacing_mm) {
  const Extent& outer = at_last ? column.back() : column.front();
  double step = kUsualStepMm / spacing_mm;
  if (column.size() > 1) {
    const Extent& inner = at_last ? column[column.size() - 2] : column[1];
    step = std::fabs(outer.centre_vox - inner.centre_vox);
  }
  const bool cut = at_last ? outer.last == size - 1 : outer.first == 0;
  const double reach = outer.centre_vox + (at_last ? kNextReach : -kNextReach) * step;
  return {outer.id, cut, cut || reach < 0.0 || reach > static_cast<double>(size - 1)};
}

/// Names of what the image does not hold whole.
std::set<std::string> names_beyond(const Labels& labels) {
  unsigned axis = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::fabs(labels.GetDirection()(2, a)) > std::fabs(labels.GetDirection()(2, axis))) axis = a;
  const auto column = column_of(labels, axis);
  std::set<std::string> names;
  if (column.empty()) return names;
  const auto size = static_cast<long>(labels.GetLargestPossibleRegion().GetSize(axis));
  const bool up = labels.GetDirection()(2, axis) > 0.0;
  for (const bool at_last : {false, true}) {
    const End end = end_of(column, at_last, size, labels.GetSpacing()[axis]);
    if (end.cut && end.id != anatomy::kS1) names.insert(anatomy::short_name(end.id));
    if (!end.full) continue;
    const auto next = [&](std::uint16_t id) {
      return at_last == up ? anatomy::vertebra_above(id) : anatomy::vertebra_below(id);
    };
    for (std::uint16_t id = next(end.id); id != 0; id = next(id)) names.insert(anatomy::short_name(id));
  }
  return names;
}

}  // namespace

void mark_out_of_view(std::vector<Measurement>& measurements, const Labels& labels) {
  const auto beyond = names_beyond(labels);
  if (beyond.empty()) return;
  for (Measurement& m : measurements) {
    if (m.quality != Quality::kFailed) continue;
    for (std::size_t at = 0; at < m.region.size();) {
      const auto end = std::min(m.region.find_first_of("-/ ", at), m.region.size());
      if (beyond.contains(m.region.substr(at, end - at))) m = inherent(m);
      at = end + 1;
    }
  }
}

}  // namespace ledd::spine_mri
