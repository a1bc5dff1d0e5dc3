#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  const auto& all = CanalMorphometry::definitions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == key; });
  require(found != all.end(), Errc::kInternal, fmt::format("endpoint {} has no definition", key));
  return *found;
}

Measurement graded(const std::string& region,
                   std::string_view key,
                   double value,
                   Quality quality,
                   const std::string& reason) {
  const EndpointDefinition& d = definition(key);
  return quality == Quality::kGood ? measured(region, d, value) : uncertain(region, d, value, reason);
}

/// A value with its standard error, and how far both may be trusted.
struct Row {
  std::optional<double> value;
  double se = 0.0;
  Quality quality = Quality::kFailed;
  std::string reason;
};

void push_row(const std::string& region,
              std::string_view key,
              const Row& row,
              std::vector<Measurement>& out) {
  if (!row.value) {
    out.push_back(failed(region, definition(key), row.reason));
    return;
  }
  out.push_back(graded(region, key, *row.value, row.quality, row.reason));
  out.push_back(graded(region, key, row.se, row.quality, row.reason));
  out.back().statistic = "se";
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
  out.push_back(graded(segment.region, "canal_stenosis", grade, quality, reason));
}

/// Of a disc level; a body's has no class.
void push_csa_class(const CanalMorphometry::Level& level,
                    const std::string& why,
                    std::vector<Measurement>& out) {
  constexpr double relative_mm2 = 100.0, absolute_mm2 = 75.0;
  if (level.region.find('/') == std::string::npos) return;
  if (!level.csa_mm2) {
    out.push_back(failed(level.region, definition("canal_CSA_class"), why));
    return;
  }
  const double csa = *level.csa_mm2;
  Quality quality = level.quality;
  std::string reason = why;
  for (const double cut : {relative_mm2, absolute_mm2})
    if (std::fabs(csa - cut) < 1.96 * level.csa_se_mm2) {
      quality = Quality::kUncertain;
      reason += (reason.empty() ? "" : "; ") +
                fmt::format("the sac's {:.0f} mm2 lie within the error of the cut-off at {} mm2", csa, cut);
    }
  const double grade = csa < absolute_mm2 ? 2.0 : csa < relative_mm2 ? 1.0 : 0.0;
  out.push_back(graded(level.region, "canal_CSA_class", grade, quality, reason));
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
    push_row(level.region, "canal_AP", {level.ap_mm, level.ap_se_mm, level.quality, level.reason}, out);
    // A cross-section is as good as the diameter it was taken at; without one its own reason counts.
    const std::string& why = level.csa_mm2 ? level.reason : level.csa_reason;
    push_row(level.region, "canal_CSA", {level.csa_mm2, level.csa_se_mm2, level.quality, why}, out);
    push_csa_class(level, why, out);
  }
  for (const auto& s : result.segments) {
    push_row(s.region, "canal_AP_min", {s.ap_min_mm, s.ap_min_se_mm, s.quality, s.reason}, out);
    if (s.ap_min_mm)
      out.push_back(graded(s.region, "canal_AP_min_at", s.above_disc_mm, s.quality, s.reason));
    else
      out.push_back(failed(s.region, definition("canal_AP_min_at"), s.reason));
    push_stenosis(s, result, out);
  }
  return out;
}

std::vector<Polyline> report_lines(const CanalMorphometry::Result& result) {
  constexpr std::array<std::uint8_t, 3> centre_rgb{120, 220, 120};
  constexpr std::array<std::uint8_t, 3> chord_rgb{255, 150, 0};
  constexpr std::array<std::uint8_t, 3> narrowest_rgb{255, 60, 60};
  std::vector<Polyline> lines;
  if (!result.centreline_lps_mm.empty()) lines.push_back({result.centreline_lps_mm, centre_rgb, ""});
  for (const auto& level : result.levels)
    if (level.ap_mm)
      lines.push_back(
          {{level.front_lps_mm, level.back_lps_mm}, chord_rgb, fmt::format("{:.1f}", *level.ap_mm)});
  for (const auto& s : result.segments)
    if (s.ap_min_mm && *s.ap_min_mm < result.relative_mm)
      lines.push_back({{s.front_lps_mm, s.back_lps_mm}, narrowest_rgb, fmt::format("{:.1f}", *s.ap_min_mm)});
  return lines;
}

}  // namespace ledd
