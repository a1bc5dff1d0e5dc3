#include "ledd/hip_density/hip_density.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"

namespace ledd {
namespace {

constexpr std::size_t kFemur = 4, kTotalHip = 5, kRegions = 6;  // behind the four of FemurRegions
constexpr std::array<const char*, kRegions> kNames{
    "head", "neck", "trochanteric", "shaft", "femur", "total hip"};

struct Sum {
  double count = 0.0, hu = 0.0;
  void add(double value) {
    count += 1.0;
    hu += value;
  }
  void add(const Sum& other) {
    count += other.count;
    hu += other.hu;
  }
};
struct Sums {
  std::array<Sum, 4> all{}, trabecular{}, cortical{};
  double lost = 0.0;  ///< Voxels without a number.
};

HipDensity::Part part_of(const Sum& sum, double voxel_mm3) {
  return {sum.count * voxel_mm3, sum.count > 0.0 ? sum.hu / sum.count : 0.0};
}

/// HU from which bone of the shell counts as cortical.
double cortical_level_hu(const HipDensity::Params& params, const std::optional<DensityLine>& line) {
  return line ? line->beta_hu + line->sigma_hu * params.cortical_mg_cm3 : params.cortical_hu;
}

Volume::Pointer depth_mm(const Labels& regions) {
  auto outside = morphology::empty_like(regions);
  const std::size_t count = regions.GetLargestPossibleRegion().GetNumberOfPixels();
  std::transform(regions.GetBufferPointer(),
                 regions.GetBufferPointer() + count,
                 outside->GetBufferPointer(),
                 [](auto v) { return v == 0 ? 1 : 0; });
  return morphology::distance_mm(*outside);
}

/// By slices, so that the sums do not depend on threads.
Sums sums_of(const Volume& hu, const Labels& regions, double deep_mm, double level_hu) {
  const auto depth = depth_mm(regions);
  const auto size = hu.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  std::vector<Sums> slices(size[2]);
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) {
      const std::uint16_t region = regions.GetBufferPointer()[n];
      if (region == 0 || region > 4) continue;
      const double value = hu.GetBufferPointer()[n];
      if (!std::isfinite(value)) {
        slices[z].lost += 1.0;
        continue;
      }
      slices[z].all[region - 1U].add(value);
      if (depth->GetBufferPointer()[n] > deep_mm)
        slices[z].trabecular[region - 1U].add(value);
      else if (value >= level_hu)
        slices[z].cortical[region - 1U].add(value);
    }
  });
  Sums total;
  for (const Sums& s : slices) {
    for (unsigned r = 0; r < 4; ++r) {
      total.all[r].add(s.all[r]);
      total.trabecular[r].add(s.trabecular[r]);
      total.cortical[r].add(s.cortical[r]);
    }
    total.lost += s.lost;
  }
  return total;
}

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Point projection_of(const Point& neck) {
  Point p{0, 1, 0};
  const double along = dot(p, neck);
  for (unsigned a = 0; a < 3; ++a) p[a] -= along * neck[a];
  const double length = std::sqrt(dot(p, p));
  for (double& x : p) x /= length;
  return p;
}

/// Area of the shadow of some regions, on a grid of pixels across `toward`.
class Shadow {
 public:
  Shadow(const Labels& regions, const Point& neck, const Point& toward, double pixel_mm)
      : regions_(regions), pixel_mm_(pixel_mm) {
    axes_[0] = neck;
    axes_[1] = {toward[1] * neck[2] - toward[2] * neck[1],
                toward[2] * neck[0] - toward[0] * neck[2],
                toward[0] * neck[1] - toward[1] * neck[0]};
    for (unsigned a = 0; a < 3; ++a) {
      pieces_[a] = static_cast<int>(std::ceil(regions.GetSpacing()[a] / pixel_mm));
      for (unsigned row = 0; row < 3; ++row)
        step_[a][row] = regions.GetDirection()(row, a) * regions.GetSpacing()[a];
    }
  }

  double area_mm2(const std::array<bool, 5>& counts) const {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kSide * kSide), 0);
    Point first{};
    bool any = false;
    for (std::size_t n = 0; n < regions_.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
      const std::uint16_t region = regions_.GetBufferPointer()[n];
      if (region == 0 || region > 4 || !counts[region]) continue;
      Labels::PointType p;
      regions_.TransformIndexToPhysicalPoint(regions_.ComputeIndex(static_cast<long>(n)), p);
      if (!any) first = {p[0], p[1], p[2]};
      any = true;
      mark({p[0] - first[0], p[1] - first[1], p[2] - first[2]}, pixels);
    }
    const auto hit = std::count(pixels.begin(), pixels.end(), std::uint8_t{1});
    return static_cast<double>(hit) * pixel_mm_ * pixel_mm_;
  }

 private:
  static constexpr long kSide = 1600;

  void mark(const Point& at, std::vector<std::uint8_t>& pixels) const {
    for (int i = 0; i < pieces_[0]; ++i)
      for (int j = 0; j < pieces_[1]; ++j)
        for (int k = 0; k < pieces_[2]; ++k) {
          Point q = at;
          const std::array<int, 3> piece{i, j, k};
          for (unsigned a = 0; a < 3; ++a)
            for (unsigned row = 0; row < 3; ++row)
              q[row] += ((piece[a] + 0.5) / pieces_[a] - 0.5) * step_[a][row];
          const long u = std::lround(dot(q, axes_[0]) / pixel_mm_) + kSide / 2;
          const long v = std::lround(dot(q, axes_[1]) / pixel_mm_) + kSide / 2;
          if (u >= 0 && v >= 0 && u < kSide && v < kSide) pixels[static_cast<std::size_t>(v * kSide + u)] = 1;
        }
  }

  const Labels& regions_;
  double pixel_mm_;
  std::array<Point, 2> axes_{};
  std::array<Point, 3> step_{};
  std::array<int, 3> pieces_{};
};

void judge(const FemurRegions::Result& femur, HipDensity::Result& result) {
  auto& regions = result.regions;
  const std::string no_shaft = "the shaft is not in view: no end of the lesser trochanter was found above it";
  if (!femur.frame.shaft_in_view) regions[3].gap = no_shaft;
  if (!femur.neck_whole) {
    regions[1].gap = regions[2].gap = regions[kTotalHip].gap = "the neck's narrowest section is not in view";
    regions[0].doubt = "the neck is not in view whole: the head ends where it usually does";
    regions[kFemur].doubt = "the femur is cut in the neck or the trochanters";
    return;
  }
  if (!femur.trochanteric_whole)
    regions[2].doubt = regions[kFemur].doubt =
        "the trochanteric region ends where the outline does, not below the lesser trochanter";
  if (!femur.trochanteric_whole)
    regions[kTotalHip].gap = "the total hip is not whole: " + no_shaft;
  else if (!femur.shaft_whole)
    regions[3].doubt = regions[kTotalHip].doubt = regions[kFemur].doubt =
        "the shaft's region is cut by the end of the outline";
}

}  // namespace

const ParamTable<HipDensity::Params>& HipDensity::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::erode_mm, "erode_mm", "mm", "Depth from which bone counts as trabecular.", {0.5, 10})
          .add(&Params::cortical_mg_cm3,
               "cortical_mg_cm3",
               "mg/cm3",
               "Density from which the shell counts as cortical.",
               {100, 1000})
          .add(&Params::cortical_hu, "cortical_hu", "HU", "The same without a calibration.", {100, 1500})
          .add(&Params::least_cm3,
               "least_cm3",
               "cm3",
               "Least volume of a compartment that is measured.",
               {0, 20})
          .add(&Params::pixel_mm, "pixel_mm", "mm", "Pixel of the projection.", {0.25, 2});
  return table;
}

HipDensity::HipDensity(const Params& params) : params_(params) {
  Params::table().validate(params);
}

HipDensity::Result HipDensity::refused(anatomy::Side side, const std::string& reason) {
  Result result;
  result.side = side == anatomy::Side::kRight ? "R" : "L";
  result.refusal = reason;
  for (const char* name : kNames) {
    result.regions.emplace_back();
    result.regions.back().name = name;
    result.regions.back().gap = reason;
  }
  return result;
}

HipDensity::Result HipDensity::operator()(const Volume& hu,
                                          const FemurRegions::Result& femur,
                                          anatomy::Side side,
                                          const std::optional<DensityLine>& line,
                                          const std::string& doubt,
                                          Context& context) const {
  require_same_grid(hu, *femur.regions, "HU and regions of the femur");
  context.throw_if_cancelled();
  if (!femur.refusal.empty()) {
    auto result = refused(side, femur.refusal);
    result.line = line;
    return result;
  }
  Result result;
  result.side = side == anatomy::Side::kRight ? "R" : "L";
  result.line = line;
  result.doubt = doubt;
  const auto spacing = hu.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  // A voxel's distance is to the centre of one outside, half a voxel beyond the surface.
  const double deep_mm = params_.erode_mm + 0.5 * std::cbrt(voxel_mm3);
  Sums sums = sums_of(hu, *femur.regions, deep_mm, cortical_level_hu(params_, line));
  if (sums.lost > 0.0)
    return refused(side, fmt::format("{:.0f} voxels of the femur hold no number", sums.lost));
  result.projection = projection_of(femur.frame.neck_axis);
  const Shadow shadow(*femur.regions, femur.frame.neck_axis, result.projection, params_.pixel_mm);
  for (std::size_t r = 0; r < kRegions; ++r) {
    std::array<bool, 5> counts{};
    Sum all, trabecular, cortical;
    for (std::size_t k = 0; k < 4; ++k) {
      counts[k + 1] = r == k || r == kFemur || (r == kTotalHip && k > 0);
      if (!counts[k + 1]) continue;
      all.add(sums.all[k]);
      trabecular.add(sums.trabecular[k]);
      cortical.add(sums.cortical[k]);
    }
    Region region;
    region.name = kNames[r];
    region.all = part_of(all, voxel_mm3);
    region.trabecular = part_of(trabecular, voxel_mm3);
    region.cortical = part_of(cortical, voxel_mm3);
    const double least_mm3 = 1e3 * params_.least_cm3;
    if (region.all.volume_mm3 < least_mm3)
      region.gap =
          fmt::format("only {:.2f} cm3 of this region are in the outline", region.all.volume_mm3 / 1e3);
    for (Part* part : {&region.trabecular, &region.cortical})
      if (part->volume_mm3 < least_mm3) *part = {};
    if (r == 1 || r == kTotalHip) region.shadow_mm2 = shadow.area_mm2(counts);
    result.regions.push_back(region);
  }
  judge(femur, result);
  return result;
}

}  // namespace ledd
