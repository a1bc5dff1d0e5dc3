#include "start.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ledd/core/error.h"

namespace ledd::registration {
namespace {

constexpr long kFewest = 8;
constexpr int kTurns = 4;         ///< To either side.
constexpr double kTurnDeg = 3.0;  ///< Between two.
constexpr std::size_t kStarts = 8;

Course::Slice slice_of(const Mask& mask, std::size_t z) {
  const auto size = mask.GetLargestPossibleRegion().GetSize();
  const double voxel = mask.GetSpacing()[0];
  const std::uint8_t* const m = mask.GetBufferPointer() + z * size[0] * size[1];
  double n = 0, x = 0, y = 0;
  for (std::size_t j = 0; j < size[1]; ++j)
    for (std::size_t i = 0; i < size[0]; ++i)
      if (m[j * size[0] + i] != 0) {
        n += 1.0;
        x += static_cast<double>(i);
        y += static_cast<double>(j);
      }
  if (!(n > 0.0)) return {};
  return {n * voxel * voxel, voxel * x / n, voxel * y / n};
}

/// Slope of the middle line, by least squares over the slices with bone.
void lean(Course& c) {
  double n = 0, z = 0, x = 0, y = 0, zz = 0, xz = 0, yz = 0;
  for (long k = c.first; k <= c.last; ++k) {
    const auto& s = c.slices[static_cast<std::size_t>(k)];
    if (!(s.area_mm2 > 0.0)) continue;
    const double at = c.voxel_mm * static_cast<double>(k);
    n += 1.0;
    z += at;
    x += s.x_mm;
    y += s.y_mm;
    zz += at * at;
    xz += at * s.x_mm;
    yz += at * s.y_mm;
  }
  const double spread = zz - z * z / n;
  c.centre_mm = {x / n, y / n, z / n};
  c.lean_x = (xz - x * z / n) / spread;
  c.lean_y = (yz - y * z / n) / spread;
}

/// The motion of this shift along and turn about the bone; across, middle lies on middle. False when too
/// little of either is left.
bool motion_of(const Course& a,
               const Course& b,
               double along_mm,
               const GridMotion& turned,
               double least_mm,
               GridMotion& motion) {
  motion = turned;
  motion.centre_mm = a.centre_mm;
  motion.shift_mm = {0.0, 0.0, along_mm};
  double n = 0, dx = 0, dy = 0;
  for (long k = a.first; k <= a.last; ++k) {
    const auto& from = a.slices[static_cast<std::size_t>(k)];
    const Point p = motion({from.x_mm, from.y_mm, a.voxel_mm * static_cast<double>(k)});
    const long to = std::lround(p[2] / b.voxel_mm);
    if (!(from.area_mm2 > 0.0) || to < b.first || to > b.last) continue;
    const auto& there = b.slices[static_cast<std::size_t>(to)];
    if (!(there.area_mm2 > 0.0)) continue;
    n += 1.0;
    dx += there.x_mm - p[0];
    dy += there.y_mm - p[1];
  }
  if (!(n * a.voxel_mm >= least_mm)) return false;
  motion.shift_mm[0] = dx / n;
  motion.shift_mm[1] = dy / n;
  return true;
}

bool alike(const GridMotion& a, const GridMotion& b, double voxel_mm) {
  GridMotion between;
  for (unsigned i = 0; i < 3; ++i)
    for (unsigned j = 0; j < 3; ++j) {
      between.rotation[i][j] = 0.0;
      for (unsigned k = 0; k < 3; ++k) between.rotation[i][j] += a.rotation[k][i] * b.rotation[k][j];
    }
  return std::fabs(a.shift_mm[2] - b.shift_mm[2]) < 1.5 * voxel_mm && between.turn_deg() < 1.5 * kTurnDeg;
}

}  // namespace

Course course_of(const Mask& periosteal, const char* which) {
  Course c;
  c.voxel_mm = periosteal.GetSpacing()[0];
  c.slices.resize(periosteal.GetLargestPossibleRegion().GetSize(2));
  tbb::parallel_for(
      std::size_t{0}, c.slices.size(), [&](std::size_t z) { c.slices[z] = slice_of(periosteal, z); });
  long with_bone = 0;
  double area = 0.0;
  for (std::size_t z = 0; z < c.slices.size(); ++z)
    if (c.slices[z].area_mm2 > 0.0) {
      if (with_bone++ == 0) c.first = static_cast<long>(z);
      c.last = static_cast<long>(z);
      area += c.slices[z].area_mm2;
    }
  require(
      with_bone >= kFewest,
      Errc::kInput,
      fmt::format(
          "the {} scan shows bone in {} slices; {} are needed to register it", which, with_bone, kFewest));
  c.rim_mm = std::sqrt(area / static_cast<double>(with_bone) / std::numbers::pi);
  lean(c);
  return c;
}

std::vector<Candidate> starts(const Course& first,
                              const Course& second,
                              const std::vector<Sample>& samples,
                              const Scale& coarse,
                              double min_overlap) {
  const double length_first = first.voxel_mm * static_cast<double>(first.last - first.first + 1);
  const double length_second = second.voxel_mm * static_cast<double>(second.last - second.first + 1);
  const double least = min_overlap * std::min(length_first, length_second);
  const auto reach = static_cast<long>(std::ceil((length_first + length_second) / coarse.voxel_mm / 2.0));
  const double middle = second.centre_mm[2] - first.centre_mm[2];
  // With the lean that the middle lines tell, and without: they also lean where a slab shows another piece.
  const Point tilt{-(second.lean_y - first.lean_y), second.lean_x - first.lean_x, 0.0};
  std::vector<GridMotion> trials;
  for (const bool leaning : {false, true})
    for (int turn = -kTurns; turn <= kTurns; ++turn) {
      GridMotion turned;
      const auto about = rotation_by({0.0, 0.0, turn * kTurnDeg * std::numbers::pi / 180.0});
      const auto over = rotation_by(leaning ? tilt : Point{});
      for (unsigned a = 0; a < 3; ++a)
        for (unsigned b = 0; b < 3; ++b) {
          turned.rotation[a][b] = 0.0;
          for (unsigned k = 0; k < 3; ++k) turned.rotation[a][b] += over[a][k] * about[k][b];
        }
      for (long step = -reach; step <= reach; ++step) {
        GridMotion motion;
        if (motion_of(
                first, second, middle + coarse.voxel_mm * static_cast<double>(step), turned, least, motion))
          trials.push_back(motion);
      }
    }
  std::vector<Candidate> all;
  all.reserve(trials.size());
  for (const GridMotion& motion : trials)
    all.push_back({motion, likeness(samples, coarse, motion).correlation});
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.correlation > b.correlation;
  });
  std::vector<Candidate> best;
  for (const Candidate& one : all) {
    if (best.size() == kStarts) break;
    if (std::none_of(best.begin(), best.end(), [&](const Candidate& other) {
          return alike(one.motion, other.motion, coarse.voxel_mm);
        }))
      best.push_back(one);
  }
  return best;
}

}  // namespace ledd::registration
