#include <fmt/format.h>

#include <cmath>

#include "ledd/measurement/estimate.h"
#include "ledd/spinal_canal/axial_sac.h"

namespace ledd {
namespace {

using Level = AxialSac::Level;

constexpr const char* kMethod = "axial-sac/1";
constexpr const char* kPrecision = "on digital phantoms only: docs/spinal-canal.md, section Axial slices";

const EndpointDefinition& definition(std::string_view key) {
  return definition_of(key, AxialSac::definitions());
}

void push_class(const Level& level, const AxialSac::Result& result, std::vector<Measurement>& out) {
  Estimate grade{std::nullopt, std::nullopt, level.quality, level.reason};
  if (level.csa_mm2) {
    const double csa = *level.csa_mm2;
    grade.value = csa < result.absolute_mm2 ? 2.0 : csa < result.relative_mm2 ? 1.0 : 0.0;
    for (const double cut : {result.relative_mm2, result.absolute_mm2})
      if (std::fabs(csa - cut) < 1.96 * level.csa_se_mm2) {
        grade.quality = Quality::kUncertain;
        grade.reason += (grade.reason.empty() ? "" : "; ") +
                        fmt::format("{:.0f} mm2 lie within the error of the cut-off at {:g} mm2", csa, cut);
      }
  }
  push_estimate(level.region, definition("canal_CSA_axial_class"), grade, out);
}

}  // namespace

const std::vector<EndpointDefinition>& AxialSac::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"canal_CSA_axial",
       "Cross-section of the dural sac on an axial slice",
       "mm2",
       kMethod,
       "Area of the dural sac on the axial T2 slice nearest to the disc's mid-plane, times the cosine "
       "between "
       "the slice and the plane square to the sac's course.",
       "Schonstrom, Bolender and Spengler, Spine 10:806, 1985",
       kPrecision},
      {"canal_AP_axial",
       "Front-to-back diameter of the dural sac on an axial slice",
       "mm",
       kMethod,
       "Extent of the dural sac along the vertebra's front-to-back axis, mean over 3 mm about its middle, on "
       "the same slice, corrected for the slice's tilt in the sagittal plane.",
       "Mean over 3 mm: De Leener et al., NeuroImage 145:24, 2017",
       kPrecision},
      {"canal_CSA_axial_class",
       "Stenosis class by the cross-section of the dural sac",
       "1",
       "sac-csa-class/1",
       "From canal_CSA_axial: 0 from 100 mm2, 1 (relative) from 75 to below 100 mm2, 2 (absolute) below 75 "
       "mm2. "
       "Of the dural sac, lying; not a diagnosis.",
       "Schonstrom, Bolender and Spengler, Spine 10:806, 1985; criteria in use: Steurer et al., BMC "
       "Musculoskelet Disord 12:175, 2011",
       kPrecision}};
  return all;
}

std::vector<Measurement> measurements(const AxialSac::Result& result) {
  std::vector<Measurement> out;
  for (const Level& level : result.levels) {
    push_estimate(level.region,
                  definition("canal_CSA_axial"),
                  {level.csa_mm2, level.csa_se_mm2, level.quality, level.reason},
                  out);
    push_estimate(level.region,
                  definition("canal_AP_axial"),
                  {level.ap_mm, level.ap_se_mm, level.quality, level.reason},
                  out);
    push_class(level, result, out);
  }
  return out;
}

std::vector<Polyline> report_lines(const AxialSac::Level& level) {
  constexpr std::array<std::uint8_t, 3> kOutlineRgb{120, 220, 120};
  constexpr std::array<std::uint8_t, 3> kChordRgb{255, 150, 0};
  if (!level.csa_mm2) return {};
  return {{level.outline_lps_mm, kOutlineRgb, fmt::format("{:.0f} mm2", *level.csa_mm2)},
          {{level.front_lps_mm, level.back_lps_mm}, kChordRgb, fmt::format("{:.1f}", *level.ap_mm)}};
}

}  // namespace ledd
