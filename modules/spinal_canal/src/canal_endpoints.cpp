#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/measurement/estimate.h"
#include "ledd/spinal_canal/canal_morphometry.h"

namespace ledd {
namespace {

constexpr const char* kMethod = "sac-centreline/1";
constexpr const char* kPrecision = "docs/spinal-canal.md, section Accuracy";
constexpr const char* kSctSource =
    "Plane square to the centreline, mean over 3 mm: De Leener et al., NeuroImage 145:24, 2017";
constexpr const char* kStenosisSource =
    "Cut-offs of Verbiest, Orthop Clin North Am 6:177, 1975 (bony canal), used for the dural sac; criteria "
    "in use: "
    "Steurer et al., BMC Musculoskelet Disord 12:175, 2011";

const EndpointDefinition& definition(std::string_view key) {
  return definition_of(key, CanalMorphometry::definitions());
}

void push_stenosis(const CanalMorphometry::Segment& segment,
                   const CanalMorphometry::Result& result,
                   std::vector<Measurement>& out) {
  if (!segment.ap_min_mm) {
    out.push_back(failed(segment.region, definition("canal_stenosis"), segment.reason));
    return;
  }
  const double ap = *segment.ap_min_mm;
  const double grade = ap < result.absolute_mm ? 2.0 : ap < result.relative_mm ? 1.0 : 0.0;
  Quality quality = segment.quality;
  std::string reason = segment.reason;
  for (const double cut : {result.relative_mm, result.absolute_mm})
    if (std::fabs(ap - cut) < 1.96 * segment.ap_min_se_mm) {
      quality = Quality::kUncertain;
      reason += (reason.empty() ? "" : "; ") +
                fmt::format("the sac's {:.1f} mm lie within the error of the cut-off at {} mm", ap, cut);
    }
  out.push_back(graded(segment.region, definition("canal_stenosis"), grade, quality, reason));
  if (segment.inherent && reason == segment.reason) out.back() = inherent(out.back());
}

/// Of a disc level; a body's has no class.
void push_csa_class(const CanalMorphometry::Level& level,
                    const std::string& why,
                    std::vector<Measurement>& out) {
  constexpr double kRelativeMm2 = 100.0, kAbsoluteMm2 = 75.0;
  if (level.region.find('/') == std::string::npos) return;
  if (!level.csa_mm2) {
    out.push_back(failed(level.region, definition("canal_CSA_class"), why));
    // As for canal_CSA: with a diameter, what lacks is slices near enough to each other.
    if (level.ap_mm) out.back() = inherent(out.back());
    return;
  }
  const double csa = *level.csa_mm2;
  Quality quality = level.quality;
  std::string reason = why;
  for (const double cut : {kRelativeMm2, kAbsoluteMm2})
    if (std::fabs(csa - cut) < 1.96 * level.csa_se_mm2) {
      quality = Quality::kUncertain;
      reason += (reason.empty() ? "" : "; ") +
                fmt::format("the sac's {:.0f} mm2 lie within the error of the cut-off at {} mm2", csa, cut);
    }
  const double grade = csa < kAbsoluteMm2 ? 2.0 : csa < kRelativeMm2 ? 1.0 : 0.0;
  out.push_back(graded(level.region, definition("canal_CSA_class"), grade, quality, reason));
}

}  // namespace

const std::vector<EndpointDefinition>& CanalMorphometry::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"canal_AP",
       "Front-to-back diameter of the dural sac",
       "mm",
       kMethod,
       "Chord of the dural sac (not of the bony canal) on its midline, square to its centreline, at mid-body "
       "or disc "
       "level; mean over 3 mm along the centreline and the slices within 2.5 mm of the midline.",
       kSctSource,
       kPrecision},
      {"canal_CSA",
       "Cross-section of the dural sac",
       "mm2",
       kMethod,
       "Area of the dural sac in the plane square to its centreline, mean over 3 mm. Not given when slices "
       "are more "
       "than 1.5 mm apart.",
       kSctSource,
       kPrecision},
      {"canal_AP_min",
       "Smallest front-to-back diameter of the dural sac in a motion segment",
       "mm",
       kMethod,
       "Smallest canal_AP between the middles of two neighbouring bodies (L5/S1: to 10 mm below the endplate "
       "of S1).",
       kSctSource,
       kPrecision},
      {"canal_AP_min_at",
       "Where in the segment the dural sac is narrowest",
       "mm",
       kMethod,
       "Distance of the narrowest place from disc level along the sac's centreline; positive toward the "
       "head.",
       "Own definition",
       kPrecision},
      {"canal_stenosis",
       "Stenosis class of a motion segment by the dural sac's diameter",
       "1",
       "sac-ap-class/1",
       "From canal_AP_min: 0 from 12 mm, 1 (relative) from 10 to below 12 mm, 2 (absolute) below 10 mm. Of "
       "the dural "
       "sac, lying; not a diagnosis.",
       kStenosisSource,
       kPrecision},
      {"canal_CSA_class",
       "Stenosis class of a disc level by the cross-section of the dural sac",
       "1",
       "sac-csa-class/1",
       "From canal_CSA at a disc: 0 from 100 mm2, 1 (relative) from 75 to below 100 mm2, 2 (absolute) below "
       "75 "
       "mm2. Of the dural sac, lying; not a diagnosis. Given when slices are at most 1.5 mm apart.",
       "Schonstrom, Bolender and Spengler, Spine 10:806, 1985",
       kPrecision},
  };
  return all;
}

std::vector<Measurement> measurements(const CanalMorphometry::Result& result) {
  std::vector<Measurement> out;
  for (const auto& level : result.levels) {
    push_estimate(level.region,
                  definition("canal_AP"),
                  {level.ap_mm, level.ap_se_mm, level.quality, level.reason},
                  out);
    // A cross-section is as good as the diameter it was taken at; without one its own reason counts.
    const std::string& why = level.csa_mm2 ? level.reason : level.csa_reason;
    // With a diameter, what lacks is slices near enough to each other.
    push_estimate(level.region,
                  definition("canal_CSA"),
                  {level.csa_mm2, level.csa_se_mm2, level.quality, why, level.ap_mm && !level.csa_mm2},
                  out);
    push_csa_class(level, why, out);
  }
  for (const auto& s : result.segments) {
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    push_estimate(
        s.region, definition("canal_AP_min"), {s.ap_min_mm, s.ap_min_se_mm, s.quality, s.reason}, out);
    if (s.ap_min_mm)
      out.push_back(graded(s.region, definition("canal_AP_min_at"), s.above_disc_mm, s.quality, s.reason));
    else
      out.push_back(failed(s.region, definition("canal_AP_min_at"), s.reason));
    if (s.inherent) std::transform(out.begin() + first, out.end(), out.begin() + first, inherent);
    push_stenosis(s, result, out);
  }
  return out;
}

std::vector<Polyline> report_lines(const CanalMorphometry::Result& result) {
  constexpr std::array<std::uint8_t, 3> kCentreRgb{120, 220, 120};
  constexpr std::array<std::uint8_t, 3> kChordRgb{255, 150, 0};
  constexpr std::array<std::uint8_t, 3> kNarrowestRgb{255, 60, 60};
  std::vector<Polyline> lines;
  if (!result.centreline_lps_mm.empty())
    lines.push_back({result.centreline_lps_mm, kCentreRgb, "", "centre line of the dural sac"});
  for (const auto& level : result.levels)
    if (level.ap_mm)
      lines.push_back({{level.front_lps_mm, level.back_lps_mm},
                       kChordRgb,
                       fmt::format("{:.1f}", *level.ap_mm),
                       fmt::format("{} canal_AP {:.1f} mm", level.region, *level.ap_mm)});
  for (const auto& s : result.segments)
    if (s.ap_min_mm && *s.ap_min_mm < result.relative_mm)
      lines.push_back({{s.front_lps_mm, s.back_lps_mm},
                       kNarrowestRgb,
                       fmt::format("{:.1f}", *s.ap_min_mm),
                       fmt::format("{} canal_AP_min {:.1f} mm", s.region, *s.ap_min_mm)});
  return lines;
}

}  // namespace ledd
