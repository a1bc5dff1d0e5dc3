#include "ledd/spinal_canal/dural_sac.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "network_sac.h"
#include "sac_sheets.h"

namespace ledd {
namespace {

using namespace canal;  // NOLINT(google-build-using-namespace): the module's own

constexpr double kMaxMidlineMm = 6.0;  // the bodies' middle must lie so near to a slice
constexpr double kBandFromMm = 4.0, kBandToMm = 11.0;
constexpr double kDarkInside = 0.35;  // mean relative brightness below which a station is no sac
constexpr double kMaxDarkFraction = 0.15;
constexpr double kMinNetworkFraction = 0.5;

DuralSac::Result none(const std::string& reason, Context& context) {
  DuralSac::Result result;
  result.reason = reason;
  context.warn("dural sac: not found: " + reason);
  return result;
}

std::vector<double> marrow_of(const Volume& flat, const Labels& bodies) {
  std::vector<double> marrow;
  const auto n = flat.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t i = 0; i < n; ++i) {
    const auto id = bodies.GetBufferPointer()[i];
    if ((id >= anatomy::kT1 && id <= anatomy::kL6) || id == anatomy::kT13)
      marrow.push_back(static_cast<double>(flat.GetBufferPointer()[i]));
  }
  return marrow;
}

/// Bright when the band behind the bodies is brighter than their marrow.
FluidContrast decided(const std::vector<Sheet>& straight,
                      const Track& track,
                      double slice_mm,
                      const std::vector<double>& marrow) {
  std::vector<double> band;
  for (std::size_t k = 0; k < straight.size(); ++k)
    for (std::size_t s = 0; s < track.stations.size(); ++s) {
      if (std::fabs(static_cast<double>(k) - track.stations[s].middle) * slice_mm > 4.0) continue;
      for (std::size_t t = column_of(kBandFromMm); t <= column_of(kBandToMm); ++t)
        band.push_back(straight[k](s, t));
    }
  if (band.empty() || marrow.empty()) return FluidContrast::kUnknown;
  return percentile(band, 50.0) > percentile(marrow, 50.0) ? FluidContrast::kBright : FluidContrast::kDark;
}

/// Dark fluid made bright: the image turned over, from fat down to fluid, and flat below: cortical bone and
/// ligament, darker than fluid, then look like it.
void turn_over(std::vector<Sheet>& sheets, const std::vector<double>& marrow) {
  std::vector<double> dark;
  for (const Sheet& sheet : sheets)
    for (std::size_t s = 0; s < sheet.rows; s += 4)
      for (std::size_t t = column_of(kBandFromMm); t <= column_of(kBandToMm); t += 4)
        dark.push_back(sheet(s, t));
  const double fluid = percentile(dark, 35.0), bright = std::max(percentile(marrow, 50.0), fluid + 0.2);
  for (Sheet& sheet : sheets)
    for (double& x : sheet.values) x = std::clamp((bright - x) / (bright - fluid), -0.2, 1.0);
}

double fraction(const std::vector<double>& values, double below) {
  const auto n = std::count_if(values.begin(), values.end(), [&](double x) { return !(x >= below); });
  return static_cast<double>(n) / static_cast<double>(values.size());
}

/// The surface on the source grid: 0.5 on it, 0 and 1 half a pixel beside it.
std::vector<float> rasterised(const SacSurface& sac, const Stack& stack, const Feet& feet) {
  const auto voxels = static_cast<std::size_t>(stack.size[0] * stack.size[1] * stack.size[2]);
  std::vector<float> soft(voxels, 0.0F);
  const double pixel = std::max(stack.spacing_mm[0], stack.spacing_mm[1]);
  for (long k = 0; k < stack.size[2]; ++k)
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        const auto p = static_cast<std::size_t>(j * stack.size[0] + i);
        if (feet.row[p] < 0) continue;
        const auto s = static_cast<std::size_t>(feet.row[p]), slice = static_cast<std::size_t>(k);
        const double front = sac.front_mm[slice][s], back = sac.back_mm[slice][s];
        if (!(back > front)) continue;
        const double depth = std::min(feet.t[p] - front, back - feet.t[p]);
        soft[stack.offset(i, j, k)] = static_cast<float>(std::clamp(0.5 + depth / pixel, 0.0, 1.0));
      }
  return soft;
}

void set_images(const std::vector<float>& soft, const Volume& like, DuralSac::Result& result) {
  result.soft = Volume::New();
  result.soft->CopyInformation(&like);
  result.soft->SetRegions(like.GetLargestPossibleRegion());
  result.soft->Allocate();
  result.labels = Labels::New();
  result.labels->CopyInformation(&like);
  result.labels->SetRegions(like.GetLargestPossibleRegion());
  result.labels->Allocate();
  for (std::size_t i = 0; i < soft.size(); ++i) {
    result.soft->GetBufferPointer()[i] = soft[i];
    result.labels->GetBufferPointer()[i] = soft[i] >= 0.5F ? anatomy::kCanal : std::uint16_t{0};
  }
}

double length_with_sac(const std::vector<float>& soft,
                       const Stack& stack,
                       const Feet& feet,
                       std::size_t rows) {
  std::vector<bool> has(rows, false);
  for (long k = 0; k < stack.size[2]; ++k)
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        const int row = feet.row[static_cast<std::size_t>(j * stack.size[0] + i)];
        if (row >= 0 && soft[stack.offset(i, j, k)] >= 0.5F) has[static_cast<std::size_t>(row)] = true;
      }
  return kStepMm * static_cast<double>(std::count(has.begin(), has.end(), true));
}

/// How far the bodies' middle lies from the nearest slice, at the worst station.
double worst_midline_mm(const Track& track, const Stack& stack) {
  double worst = 0.0;
  for (const auto& s : track.stations) {
    const double last = static_cast<double>(stack.size[2] - 1);
    worst = std::max(worst, std::max(-s.middle, s.middle - last) * stack.spacing_mm[2]);
  }
  return worst;
}

void judge(const SacSurface& sac, const DuralSac::Params& params, DuralSac::Result& result) {
  result.quality = Quality::kGood;
  const double weak = fraction(sac.contrast, params.min_contrast);
  if (weak > 0.5 * params.max_gap_fraction) {
    result.quality = Quality::kUncertain;
    result.reason =
        fmt::format("{:.0f} % of the sac's height stand out little from what surrounds it", 100.0 * weak);
  }
  if (result.fluid_used == FluidContrast::kDark) {
    result.quality = Quality::kUncertain;
    result.reason = "fluid is dark here: cortical bone and ligament beside the sac cannot be told from it";
  }
}

}  // namespace

const ParamTable<DuralSac::Params>& DuralSac::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::fluid,
               "fluid",
               "How cerebrospinal fluid looks.",
               {{"auto", FluidContrast::kUnknown},
                {"bright", FluidContrast::kBright},
                {"dark", FluidContrast::kDark}})
          .add(&Params::min_depth_mm,
               "min_depth_mm",
               "mm",
               "Smallest front-to-back depth looked for.",
               {2.0, 10.0})
          .add(&Params::max_depth_mm,
               "max_depth_mm",
               "mm",
               "Largest front-to-back depth looked for.",
               {12.0, 26.0})
          .add(&Params::half_width_mm,
               "half_width_mm",
               "mm",
               "How far to the side of its middle the sac is looked for.",
               {4.0, 25.0})
          .add(&Params::min_contrast,
               "min_contrast",
               "1",
               "Brightness over both sides, as part of fluid minus dark tissue, below which a height lacks "
               "the sac.",
               {0.0, 1.0})
          .add(&Params::max_gap_fraction,
               "max_gap_fraction",
               "1",
               "Part of the height that may lack the contrast before the sac is not found.",
               {0.0, 1.0});
  return table;
}

DuralSac::DuralSac(const Params& params) : params_(params) {
  Params::table().validate(params);
}

DuralSac::Result DuralSac::operator()(const Volume& flat,
                                      const Labels& bodies,
                                      const SpineResult& spine,
                                      const Volume* network,
                                      Context& context) const {
  require_same_grid(flat, bodies, "image and body labels");
  if (network != nullptr) require_same_grid(flat, *network, "image and sac probability");
  context.throw_if_cancelled();
  const Curve curve = wall_curve(spine);
  if (curve.stations.empty()) return none(curve.reason, context);
  const Stack stack(flat);
  const Track track = track_of(curve, stack);
  if (worst_midline_mm(track, stack) > kMaxMidlineMm)
    return none("the bodies' middle lies outside the stack of slices: the canal is not in view", context);
  const Feet feet = feet_of(stack, track);
  Result result;
  const double length_mm = kStepMm * static_cast<double>(track.stations.size());
  if (network != nullptr) {
    const auto soft = cleaned(network->GetBufferPointer(), stack, feet);
    result.length_mm = length_with_sac(soft, stack, feet, track.stations.size());
    if (result.length_mm < kMinNetworkFraction * length_mm)
      return none(
          fmt::format("the network sees a sac along {:.0f} of {:.0f} mm", result.length_mm, length_mm),
          context);
    set_images(soft, flat, result);
    const bool whole = result.length_mm > 0.95 * length_mm;
    result.quality = whole ? Quality::kGood : Quality::kUncertain;
    if (!whole)
      result.reason =
          fmt::format("the network sees the sac along {:.0f} of {:.0f} mm", result.length_mm, length_mm);
    return result;
  }
  auto straight = straighten(flat.GetBufferPointer(), stack, track);
  const auto marrow = marrow_of(flat, bodies);
  result.fluid_used = params_.fluid != FluidContrast::kUnknown
                          ? params_.fluid
                          : decided(straight, track, stack.spacing_mm[2], marrow);
  if (result.fluid_used == FluidContrast::kUnknown || marrow.empty())
    return none("no slice near the bodies' middle, or no body voxels: brightness of fluid is not known",
                context);
  if (result.fluid_used == FluidContrast::kDark) turn_over(straight, marrow);
  const Path path = find_path(straight, track, stack.spacing_mm[2]);
  const SacSurface sac = find_surface(straight,
                                      path,
                                      stack.spacing_mm[2],
                                      {params_.min_depth_mm, params_.max_depth_mm},
                                      params_.half_width_mm);
  const double weak = fraction(sac.contrast, params_.min_contrast);
  const double dark = fraction(sac.inside, kDarkInside);
  context.info(fmt::format("dural sac: {:.3f} of the height without contrast, {:.3f} dark", weak, dark));
  if (weak > params_.max_gap_fraction || dark > kMaxDarkFraction)
    return none(
        fmt::format("{:.0f} % of the height behind the bodies hold nothing that stands out as a sac would; "
                    "the canal is probably not in view",
                    100.0 * std::max(weak, dark)),
        context);
  const auto soft = rasterised(sac, stack, feet);
  result.length_mm = length_with_sac(soft, stack, feet, track.stations.size());
  set_images(soft, flat, result);
  judge(sac, params_, result);
  return result;
}

}  // namespace ledd
