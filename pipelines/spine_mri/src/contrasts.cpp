#include "contrasts.h"

#include <fmt/format.h>

#include <algorithm>

namespace ledd::spine_mri {
namespace {

constexpr double kAroundSpineMm = 15.0;

MrSequence sequence_of(const MrWeighting& weighting) {
  return {weighting.contrast, weighting.repetition_time_ms, weighting.echo_time_ms, false};
}

/// What one weighting is used for; a fat-suppressed T1, T2 or PD shows marrow and fat differently, and is
/// not.
bool usable(const MrWeighting& weighting) {
  const bool nulls_fat = weighting.contrast == MrContrast::kStir || weighting.contrast == MrContrast::kWater;
  return weighting.contrast != MrContrast::kUnknown && (nulls_fat || !weighting.fat_suppressed);
}

/// The box around everything labelled, with a margin: where another series must agree.
Mask::Pointer around(const Labels& labels) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  Labels::IndexType low, high;
  for (unsigned a = 0; a < 3; ++a) low[a] = static_cast<long>(size[a]), high[a] = -1;
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (labels.GetBufferPointer()[n] == 0) continue;
    const auto at = labels.ComputeIndex(static_cast<long>(n));
    for (unsigned a = 0; a < 3; ++a) low[a] = std::min(low[a], at[a]), high[a] = std::max(high[a], at[a]);
  }
  auto mask = Mask::New();
  mask->CopyInformation(&labels);
  mask->SetRegions(labels.GetLargestPossibleRegion());
  mask->Allocate(true);
  for (unsigned a = 0; a < 3; ++a) {
    const long margin = std::lround(kAroundSpineMm / labels.GetSpacing()[a]);
    low[a] = std::max(0L, low[a] - margin);
    high[a] = std::min(static_cast<long>(size[a]) - 1, high[a] + margin);
  }
  Mask::IndexType at;
  for (at[2] = low[2]; at[2] <= high[2]; ++at[2])
    for (at[1] = low[1]; at[1] <= high[1]; ++at[1])
      for (at[0] = low[0]; at[0] <= high[0]; ++at[0]) mask->SetPixel(at, 1);
  return mask;
}

void add_scan(const SpineStudy::Series& scan,
              const Volume& flat,
              const Labels& labels,
              Contrasts& contrasts) {
  const MrWeighting shown = weighting_from_intensities(flat, &labels);
  MrWeighting weighting = scan.weighting;
  if (weighting.contrast == MrContrast::kUnknown) {
    if (shown.contrast != MrContrast::kUnknown)
      contrasts.notes.push_back(fmt::format(
          "the weighting is not stated; the image looks like {} ({})", short_name(shown), shown.reason));
    if (shown.fat_suppressed) {  // STIR, water image or T2 with fat saturation: marrow means another thing in
                                 // each
      contrasts.notes.push_back(
          "signal was not measured: the image does not tell which fat-suppressed series it is");
      return;
    }
    weighting = shown;
  } else if (const std::string text = contradiction(weighting, shown); !text.empty()) {
    contrasts.notes.push_back(text + "; signal was not measured on it");
    return;
  }
  if (usable(weighting)) contrasts.of[weighting.contrast] = {&*scan.image, sequence_of(weighting)};
}

}  // namespace

const Contrasts::One* Contrasts::find(MrContrast contrast) const {
  const auto found = of.find(contrast);
  return found == of.end() ? nullptr : &found->second;
}

Contrasts contrasts_of(const SpineStudy& study,
                       const Volume& flat,
                       const Labels& labels,
                       const RigidAlignment& alignment,
                       Context& context) {
  Contrasts contrasts;
  add_scan(study.scan, flat, labels, contrasts);
  if (study.contrasts.empty()) return contrasts;
  const auto region = around(labels);
  for (const auto& series : study.contrasts) {
    if (!usable(series.weighting) || contrasts.of.contains(series.weighting.contrast)) continue;
    try {
      const auto moved =
          alignment(*study.scan.image, *series.image, RigidAlignment::Frames::kShared, region, context);
      if (!moved.refusal.empty()) {
        contrasts.notes.push_back(fmt::format("{} is not used: {}", series.name, moved.refusal));
        continue;
      }
      if (moved.refined)
        contrasts.notes.push_back(fmt::format("{} was moved by {:.1f} mm and {:.1f} degrees to fit the scan",
                                              series.name,
                                              moved.moving_from_fixed.shift_length_mm(),
                                              moved.moving_from_fixed.turn_deg()));
      contrasts.of[series.weighting.contrast] = {moved.moved.GetPointer(), sequence_of(series.weighting)};
    } catch (const Error& e) {
      if (e.code() == Errc::kCancelled) throw;
      contrasts.notes.push_back(fmt::format("{} is not used: {}", series.name, e.what()));
    }
  }
  return contrasts;
}

}  // namespace ledd::spine_mri
