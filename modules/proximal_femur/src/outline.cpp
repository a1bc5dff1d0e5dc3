#include "outline.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/morphology/morphology.h"
#include "ledd/smoothing/smoothing.h"

namespace ledd::hip {
namespace {

using morphology::Beyond;
using morphology::Neighbours;

constexpr double kBarrierMm = 10.0, kGapMm = 0.75;
constexpr double kReachMm = 3.0;   // how far the surface may move
constexpr double kSpreadMm = 2.0;  // smoothing of its moves
constexpr float kDark = -250.0F, kGapHu = 35.0F, kAirHu = -1100.0F;

template <class Rule>
Mask::Pointer where(const itk::ImageBase<3>& grid, const Rule& rule) {
  auto mask = morphology::empty_like(grid);
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  std::uint8_t* const out = mask->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) out[n] = rule(n) ? 1 : 0;
  });
  return mask;
}

std::size_t count_of(const itk::ImageBase<3>& grid) {
  return grid.GetLargestPossibleRegion().GetNumberOfPixels();
}

Volume::Pointer like(const itk::ImageBase<3>& grid) {
  auto volume = Volume::New();
  volume->CopyInformation(&grid);
  volume->SetRegions(grid.GetLargestPossibleRegion());
  volume->Allocate(true);
  return volume;
}

/// Unseen places as air, so that smoothing does not spread them.
Volume::Pointer seen_part(const Volume& cubes_hu) {
  auto result = like(cubes_hu);
  const float* const in = cubes_hu.GetBufferPointer();
  std::transform(in, in + count_of(cubes_hu), result->GetBufferPointer(), [](float v) {
    return v > kUnseen ? std::clamp(v, -1000.0F, 2000.0F) : -1000.0F;
  });
  return result;
}

/// The commonest HU of soft tissue but fat.
double muscle(const Volume& smooth) {
  constexpr int kBins = 34;
  std::array<double, kBins + 2> bins{};
  const float* const v = smooth.GetBufferPointer();
  for (std::size_t n = 0; n < count_of(smooth); ++n)
    if (v[n] >= 0.0F && v[n] < 5.0F * kBins) bins[1 + static_cast<std::size_t>(v[n] / 5.0F)] += 1.0;
  int best = 1;
  double most = 0.0;
  for (int b = 3; b + 2 < kBins; ++b) {
    double sum = 0.0;
    for (int k = -2; k <= 2; ++k) sum += bins[static_cast<std::size_t>(b + k)];
    if (sum > most) {
      most = sum;
      best = b;
    }
  }
  return 5.0 * (best - 0.5);
}

/// Where bone may leave the ball.
struct Cone {
  Point neck{};
  double least_cos = 0.0;
  bool holds(const Point& from_centre) const {
    return dot(from_centre, neck) >= least_cos * length(from_centre);
  }
};

bool in_barrier(const Point& p, const HeadSphere& head, const Cone& cone) {
  const Point d = p - head.centre_lps_mm;
  const double r = length(d);
  return r > head.radius_mm + kGapMm && r < head.radius_mm + kBarrierMm && !cone.holds(d);
}

/// Bone that hangs together with the head, its marrow filled.
Mask::Pointer rough_outline(
    const Volume& smooth, const HeadSphere& head, const Cone& cone, double level_hu, double close_mm) {
  const float* const v = smooth.GetBufferPointer();
  const auto ball = [&](std::size_t n) {
    return length(place_of(smooth, n) - head.centre_lps_mm) < head.radius_mm;
  };
  const auto wall = where(smooth, [&](std::size_t n) { return in_barrier(place_of(smooth, n), head, cone); });
  const std::uint8_t* const barred = wall->GetBufferPointer();
  const auto level = static_cast<float>(level_hu);
  const auto bone = where(smooth, [&](std::size_t n) { return barred[n] == 0 && (v[n] > level || ball(n)); });
  const auto all = morphology::parts(*bone, Neighbours::kFaces);
  std::uint32_t mine = 0;
  for (std::size_t n = 0; n < all.part_of.size() && mine == 0; ++n)
    if (all.part_of[n] != 0 && length(place_of(smooth, n) - head.centre_lps_mm) < 3.0) mine = all.part_of[n];
  const auto part = where(smooth, [&](std::size_t n) { return mine != 0 && all.part_of[n] == mine; });
  auto whole = morphology::fill_holes_in_slices(*morphology::fill_holes(*morphology::close(*part, close_mm)));
  const std::uint8_t* const w = whole->GetBufferPointer();
  const auto trimmed = where(smooth, [&](std::size_t n) { return w[n] != 0 && barred[n] == 0; });
  const auto opened = morphology::open(*trimmed, 2.5, Beyond::kContinues);
  return morphology::largest_part(*opened, Neighbours::kFaces);
}

Volume::Pointer signed_distance(const Mask& mask) {
  const std::uint8_t* const m = mask.GetBufferPointer();
  const auto not_mask = where(mask, [m](std::size_t n) { return m[n] == 0; });
  const auto out = morphology::distance_mm(mask);
  const auto in = morphology::distance_mm(*not_mask);
  const float half = static_cast<float>(0.5 * mask.GetSpacing()[0]);
  float* const d = out->GetBufferPointer();
  const float* const inner = in->GetBufferPointer();
  for (std::size_t n = 0; n < count_of(mask); ++n)
    d[n] = std::clamp(m[n] != 0 ? half - inner[n] : d[n] - half, -50.0F, 50.0F);
  return out;
}

/// How far outwards the surface lies of where `p` stands; weight 0 where the profile does not say.
struct Move {
  double by_mm = 0.0, weight = 0.0;
};

/// Step of the valley of a joint's gap: between two rises to bone; 0 for none.
template <class Values>
std::size_t gap_of(const Values& v) {
  for (std::size_t n = 2; n + 8 < v.size(); ++n) {
    if (v[n] > v[n - 1] || v[n] > v[n + 1]) continue;
    const float before = *std::max_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(n));
    const auto next = v.begin() + static_cast<std::ptrdiff_t>(n);
    const float after = *std::max_element(next, next + 9);
    if (before > v[n] + kGapHu && after > v[n] + kGapHu) return n;
  }
  return 0;
}

Move move_at(const Sampler& hu, const Point& p, const Point& outwards, double muscle_hu, bool joint) {
  constexpr int kFrom = -10, kTo = 15;  // half millimetres
  std::array<float, kTo - kFrom + 1> v{};
  for (int n = kFrom; n <= kTo; ++n) {
    v[static_cast<std::size_t>(n - kFrom)] = hu(p + (0.5 * n) * outwards);
    if (v[static_cast<std::size_t>(n - kFrom)] < kAirHu) return {};
  }
  const std::size_t gap = joint ? gap_of(v) : 0;
  std::size_t peak = 0;
  for (std::size_t n = 0; n <= (gap != 0 ? gap : static_cast<std::size_t>(4 - kFrom)); ++n)
    if (v[n] > v[peak]) peak = n;
  std::size_t low = peak;  // the first valley outwards that is followed by no further fall
  for (std::size_t n = peak; n < v.size() && n <= peak + 9; ++n)
    if (v[n] < v[low] && (gap == 0 || n <= gap)) low = n;
  const double outside = std::max<double>(v[low], muscle_hu - 150.0), height = v[peak] - outside;
  if (height < (gap != 0 ? kGapHu : 60.0F)) return {};
  const double half = outside + 0.5 * height;
  for (std::size_t n = peak; n < low; ++n)
    if (v[n] >= half && v[n + 1] < half) {
      const double at = static_cast<double>(n) + (v[n] - half) / (v[n] - v[n + 1]);
      const double by = 0.5 * (at + kFrom);
      return {std::clamp(by, -kReachMm, kReachMm), std::min(1.0, height / 200.0)};
    }
  return {};
}

/// Moves the surface to the half level; see move_at.
void refine(
    const Volume& cubes_hu, const HeadSphere& head, const Cone& cone, double muscle_hu, Volume& distance) {
  const auto soft = gaussian(distance, distance.GetSpacing()[0]);
  const Sampler hu(cubes_hu);
  auto sum = like(distance), weight = like(distance);
  const auto size = distance.GetLargestPossibleRegion().GetSize();
  const double edge_mm = distance.GetSpacing()[0];
  const std::size_t row = size[0], slice = size[0] * size[1];
  const float* const d = soft->GetBufferPointer();
  tbb::parallel_for(std::size_t{1}, std::size_t{size[2] - 1}, [&](std::size_t z) {
    for (std::size_t y = 1; y + 1 < size[1]; ++y)
      for (std::size_t x = 1; x + 1 < size[0]; ++x) {
        const std::size_t n = z * slice + y * row + x;
        if (std::fabs(d[n]) > edge_mm) continue;
        const Point slope{d[n + 1] - d[n - 1], d[n + row] - d[n - row], d[n + slice] - d[n - slice]};
        if (length(slope) < 1e-3) continue;
        const Point out = unit(slope);
        const Point p = place_of(distance, n) - static_cast<double>(d[n]) * out;
        const Point at = p - head.centre_lps_mm;
        const bool joint = std::fabs(length(at) - head.radius_mm) < 4.0 && !cone.holds(at);
        const Move m = move_at(hu, p, out, muscle_hu, joint);
        sum->GetBufferPointer()[n] = static_cast<float>(m.by_mm * m.weight);
        weight->GetBufferPointer()[n] = static_cast<float>(m.weight);
      }
  });
  const auto sums = gaussian(*sum, kSpreadMm), weights = gaussian(*weight, kSpreadMm);
  for (std::size_t n = 0; n < count_of(distance); ++n) {
    const float w = weights->GetBufferPointer()[n];
    distance.GetBufferPointer()[n] = d[n] - (w > 1e-3F ? sums->GetBufferPointer()[n] / (w + 0.01F) : 0.0F);
  }
}

void look(const Volume& smooth, const Volume& raw, const HeadSphere& head, anatomy::Side side, Outline& out) {
  const auto size = smooth.GetLargestPossibleRegion().GetSize();
  const double cube = std::pow(smooth.GetSpacing()[0], 3),
               medial = side == anatomy::Side::kRight ? 1.0 : -1.0;
  double dark = 0.0, all = 0.0;
  const float* const d = out.distance_mm->GetBufferPointer();
  for (std::size_t n = 0; n < count_of(smooth); ++n) {
    if (d[n] >= 0.0F) continue;
    const Point p = place_of(smooth, n), at = p - head.centre_lps_mm;
    all += 1.0;
    dark += raw.GetBufferPointer()[n] < kDark ? 1.0 : 0.0;
    out.lowest_mm = std::max(out.lowest_mm, -at[2]);
    const double far = head.radius_mm + 3.0;
    if (at[2] > far || medial * at[0] > far) out.leak_mm3 += cube;
    const std::size_t above = n + size[0] * size[1];
    const bool ends = above >= count_of(smooth) || raw.GetBufferPointer()[above] <= kUnseen;
    if (ends && at[2] > -0.5 * head.radius_mm) out.cut_mm2 += std::pow(smooth.GetSpacing()[0], 2);
    const std::size_t x = n % size[0], y = n / size[0] % size[1];
    out.leaves_box = out.leaves_box || x == 0 || y == 0 || x + 1 == size[0] || y + 1 == size[1];
  }
  out.volume_mm3 = all * cube;
  out.dark_share = all > 0.0 ? dark / all : 0.0;
}

}  // namespace

Outline outline(const Volume& hu,
                const HeadSphere& head,
                anatomy::Side side,
                double neck_cos,
                const ProximalFemur::Params& params) {
  const Point& c = head.centre_lps_mm;
  const bool right = side == anatomy::Side::kRight;
  Box box{{c[0] - (right ? 90.0 : 45.0), c[1] - 65.0, c[2] - params.below_head_mm},
          {c[0] + (right ? 45.0 : 90.0), c[1] + 75.0, c[2] + 45.0}};
  const auto view = extent_of(hu);
  for (unsigned a = 0; a < 3; ++a) {
    box.low_lps_mm[a] = std::max(box.low_lps_mm[a], view.low_lps_mm[a]);
    box.high_lps_mm[a] = std::min(box.high_lps_mm[a], view.high_lps_mm[a]);
  }
  const auto raw = resampled(hu, box, params.grid_mm);
  const auto smooth = gaussian(*seen_part(*raw), 0.8);
  Outline result;
  result.muscle_hu = muscle(*smooth);
  result.level_hu = std::clamp(result.muscle_hu + params.above_muscle_hu, 100.0, 200.0);
  const Cone cone{head.neck[right ? 0 : 1], neck_cos};
  const auto rough = rough_outline(*smooth, head, cone, result.level_hu, params.close_mm);
  result.distance_mm = signed_distance(*rough);
  refine(*raw, head, cone, result.muscle_hu, *result.distance_mm);
  look(*smooth, *raw, head, side, result);
  return result;
}

}  // namespace ledd::hip
