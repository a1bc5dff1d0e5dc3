#include "ledd/spine_signal/regions.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace ledd::spine_signal {
namespace {

/// A corner of a pixel: in halves of a pixel from the centre of pixel (0, 0), so that it is a whole number.
using Corner = std::pair<long, long>;

/// Directed edges of the outline, the inside on one hand: from each corner to where its edges lead.
std::multimap<Corner, Corner> edges(const Slices& s, const std::vector<Offset>& inside) {
  std::multimap<Corner, Corner> all;
  const auto has = [&](std::array<long, 3> at, unsigned axis, long step) {
    at[axis] += step;
    if (at[axis] < 0 || at[axis] >= s.size[axis]) return false;
    return std::binary_search(inside.begin(), inside.end(), s.offset(at));
  };
  for (const Offset voxel : inside) {
    const auto at = s.index(voxel);
    const long i = 2 * at[s.within[0]], j = 2 * at[s.within[1]];
    if (!has(at, s.within[1], -1)) all.insert({{i - 1, j - 1}, {i + 1, j - 1}});
    if (!has(at, s.within[0], 1)) all.insert({{i + 1, j - 1}, {i + 1, j + 1}});
    if (!has(at, s.within[1], 1)) all.insert({{i + 1, j + 1}, {i - 1, j + 1}});
    if (!has(at, s.within[0], -1)) all.insert({{i - 1, j + 1}, {i - 1, j - 1}});
  }
  return all;
}

Point place(const Slices& s, const Corner& corner, int slice) {
  const std::array<std::pair<unsigned, double>, 3> steps{
      {{s.within[0], 0.5 * static_cast<double>(corner.first)},
       {s.within[1], 0.5 * static_cast<double>(corner.second)},
       {s.across, static_cast<double>(slice)}}};
  Point p = s.origin_lps_mm;
  for (const auto& [a, n] : steps)
    for (unsigned c = 0; c < 3; ++c) p[c] += n * s.spacing_mm[a] * s.axis_lps[a][c];
  return p;
}

}  // namespace

std::vector<std::vector<Offset>> connected(const Slices& slices,
                                           const std::vector<Offset>& voxels,
                                           bool across_slices) {
  std::vector<bool> seen(voxels.size(), false);
  std::vector<std::vector<Offset>> parts;
  for (std::size_t first = 0; first < voxels.size(); ++first) {
    if (seen[first]) continue;
    std::vector<std::size_t> queue{first};
    seen[first] = true;
    for (std::size_t q = 0; q < queue.size(); ++q) {
      const auto at = slices.index(voxels[queue[q]]);
      for (unsigned a = 0; a < 3; ++a) {
        if (a == slices.across && !across_slices) continue;
        for (const long step : {-1L, 1L}) {
          auto to = at;
          to[a] += step;
          if (to[a] < 0 || to[a] >= slices.size[a]) continue;
          const auto found = std::lower_bound(voxels.begin(), voxels.end(), slices.offset(to));
          if (found == voxels.end() || *found != slices.offset(to)) continue;
          const auto n = static_cast<std::size_t>(found - voxels.begin());
          if (seen[n]) continue;
          seen[n] = true;
          queue.push_back(n);
        }
      }
    }
    std::sort(queue.begin(), queue.end());
    parts.emplace_back();
    for (const std::size_t n : queue) parts.back().push_back(voxels[n]);
  }
  return parts;
}

std::vector<Polyline> outline(const Slices& slices,
                              const std::vector<Offset>& voxels,
                              int slice,
                              std::array<std::uint8_t, 3> rgb) {
  std::vector<Offset> here;
  for (const Offset v : voxels)
    if (slices.slice(v) == slice) here.push_back(v);
  auto all = edges(slices, here);
  std::vector<Polyline> lines;
  while (!all.empty()) {
    Polyline line;
    line.rgb = rgb;
    const Corner start = all.begin()->first;
    Corner at = start;
    do {
      line.points_lps_mm.push_back(place(slices, at, slice));
      const auto edge = all.find(at);
      at = edge->second;
      all.erase(edge);
    } while (at != start);
    line.points_lps_mm.push_back(place(slices, start, slice));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace ledd::spine_signal
