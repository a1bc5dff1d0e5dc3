#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/density_calibration/internal_calibration.h"

#include "field.h"

namespace ledd {
namespace {

using calibration::Slab;
using calibration::View;

constexpr std::size_t kLeastVoxels = 200;
constexpr double kAirGapMm = 12.0;                           // from anything
constexpr double kFatLowMm = 3.0, kFatHighMm = 30.0;         // below the skin
constexpr double kMuscleLowMm = 15.0, kMuscleHighMm = 50.0;  // of the back; deeper lie the kidneys
constexpr float kDenseHu = 600.0F;

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void add(Material tissue, std::vector<float> values, std::vector<TissueSample>& samples) {
  if (values.size() < kLeastVoxels) return;
  TissueSample sample{tissue, 0.0, 0.0, values.size()};
  const float middle = median(values);
  for (float& v : values) v = std::fabs(v - middle);
  sample.hu = static_cast<double>(middle);
  sample.sd_hu = 1.4826 * static_cast<double>(median(values));
  samples.push_back(sample);
}

/// All pixels within two of `n` lie in a range of HU.
bool all_around(const Slab& slab, std::size_t n, float low, float high) {
  const std::size_t u = n % slab.size[0], v = n / slab.size[0];
  if (u < 2 || v < 2 || u + 2 >= slab.size[0] || v + 2 >= slab.size[1]) return false;
  for (std::size_t j = v - 2; j <= v + 2; ++j)
    for (std::size_t i = u - 2; i <= u + 2; ++i) {
      const float hu = slab.hu[j * slab.size[0] + i];
      if (!(hu > low && hu < high)) return false;
    }
  return true;
}

struct Found {
  std::vector<float> air, fat, muscle;
};

/// Pixels of one slab; air is read in the slice itself, since slabs bound it.
void look(const View& view, const Slab& slab, Found& found) {
  const std::vector<char> air = calibration::outer_air(slab);
  std::vector<char> rest(air.size());
  std::transform(air.begin(), air.end(), rest.begin(), [](char a) { return a != 0 ? 0 : 1; });
  const std::vector<float> depth = calibration::distance_to(slab, air),
                           gap = calibration::distance_to(slab, rest);
  const auto w = static_cast<std::size_t>(slab.w_mm / view.step_mm[2]);
  double mean_y = 0, count = 0;
  const auto place = [&](std::size_t n) {
    const std::size_t u = n % slab.size[0], v = n / slab.size[0];
    return calibration::Spot{slab.first_mm[0] + static_cast<double>(u) * slab.step_mm[0],
                             slab.first_mm[1] + static_cast<double>(v) * slab.step_mm[1]};
  };
  for (std::size_t n = 0; n < air.size(); ++n)
    if (air[n] == 0 && slab.hu[n] > -150.0F) {
      mean_y += view.lps_mm(place(n), slab.w_mm)[1];
      count += 1;
    }
  for (std::size_t n = 0; n < air.size(); ++n) {
    const auto mm = static_cast<double>(depth[n]);
    if (air[n] != 0) {
      if (slab.outside[n] != 0 || static_cast<double>(gap[n]) < kAirGapMm || gap[n] > 1e5F) continue;
      const auto hu = static_cast<float>(view.at(place(n), w));
      if (hu > -1024.0F) found.air.push_back(hu);
    } else if (mm > kFatLowMm && mm < kFatHighMm && all_around(slab, n, -160.0F, -40.0F)) {
      found.fat.push_back(slab.hu[n]);
    } else if (mm > kMuscleLowMm && mm < kMuscleHighMm && count > 0 && all_around(slab, n, -10.0F, 120.0F) &&
               view.lps_mm(place(n), slab.w_mm)[1] > mean_y / count) {
      found.muscle.push_back(slab.hu[n]);
    }
  }
}

template <class Inside>
std::vector<float> cores(const View& view, Inside&& inside) {
  std::vector<float> values;
  for (std::size_t w = 1; w + 1 < view.size[2]; ++w)
    for (std::size_t v = 1; v + 1 < view.size[1]; ++v)
      for (std::size_t u = 1; u + 1 < view.size[0]; ++u)
        if (inside(u, v, w) && inside(u - 1, v, w) && inside(u + 1, v, w) && inside(u, v - 1, w) &&
            inside(u, v + 1, w) && inside(u, v, w - 1) && inside(u, v, w + 1))
          values.push_back(view.at(u, v, w));
  return values;
}

}  // namespace

std::vector<TissueSample> sample_tissues(const Volume& scan, const Mask* vessel) {
  if (vessel != nullptr) require_same_grid(scan, *vessel, "scan and vessel");
  const View view(scan, calibration::axes_from_head_foot(scan)[0]);
  require(
      view.size[0] >= 16 && view.size[1] >= 16, Errc::kInput, "the scan is smaller than 16 voxels across");
  Found found;
  for (const Slab& slab : calibration::slabs_of(view, 6.0, 32)) look(view, slab, found);
  std::vector<TissueSample> samples;
  add(Material::kAir, std::move(found.air), samples);
  add(Material::kFat, std::move(found.fat), samples);
  add(Material::kMuscle, std::move(found.muscle), samples);
  add(Material::kCorticalBone,
      cores(view,
            [&](std::size_t u, std::size_t v, std::size_t w) {
              const float hu = view.at(u, v, w);
              return hu > kDenseHu && hu < 2500.0F;  // above: metal
            }),
      samples);
  if (vessel != nullptr) {
    const std::uint8_t* mask = vessel->GetBufferPointer();
    add(Material::kBlood,
        cores(view,
              [&](std::size_t u, std::size_t v, std::size_t w) {
                return mask[u * view.stride[0] + v * view.stride[1] + w * view.stride[2]] != 0;
              }),
        samples);
  }
  return samples;
}

}  // namespace ledd
