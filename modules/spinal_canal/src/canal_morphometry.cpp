#include "ledd/spinal_canal/canal_morphometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "diameters.h"

namespace ledd {
namespace {

using namespace canal;  // NOLINT(google-build-using-namespace): the module's own
using Level = CanalMorphometry::Level;
using Segment = CanalMorphometry::Segment;
using Body = SpineResult::Body;

constexpr double kS1BelowMm = 10.0;  // the segment L5/S1 ends so far below the endplate of S1

bool neighbours(std::uint16_t upper, std::uint16_t lower) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace)
  if (upper == kL5 || upper == kL6) return lower == kS1 || (upper == kL5 && lower == kL6);
  if (upper == kT12 || upper == kT13) return lower == kL1 || (upper == kT12 && lower == kT13);
  return vertebra_below(upper) == lower;
}

bool has_place(const Body& body) {
  return body.id == anatomy::kS1 ? body.superior.measured : body.quality != Quality::kFailed;
}

Place middle_of(const Body& body) {
  if (body.id != anatomy::kS1) return {body.frame.centre_lps_mm, body.frame.superior};
  return {add(body.superior.posterior_lps_mm, body.superior.normal, -kS1BelowMm), body.superior.normal};
}

Place disc_below(const Body& upper, const Body& lower) {
  const Point& ps = lower.id == anatomy::kS1 ? lower.superior.posterior_lps_mm : lower.ps_lps_mm;
  return {add(add({}, upper.pi_lps_mm, 0.5), ps, 0.5),
          unit(add(upper.inferior.normal, lower.superior.normal))};
}

void fail(const std::string& reason, Level& level) {
  level.reason = reason;
  level.csa_reason = reason;
}

Level level_at(const Measure* measure,
               const std::string& region,
               const Place* place,
               const std::string& missing) {
  Level level;
  level.region = region;
  if (measure == nullptr || place == nullptr) {
    fail(missing, level);
    return level;
  }
  const auto station = measure->station_at(*place);
  if (!station) {
    fail("the sac does not reach this level", level);
    return level;
  }
  measure->ap_at(*station, level);
  if (!level.ap_mm)
    level.csa_reason = level.reason;
  else
    measure->csa_at(*station, level);
  return level;
}

Segment segment_of(const Measure& measure, const std::string& region, const Body& upper, const Body& lower) {
  Segment segment;
  segment.region = region;
  const auto disc = measure.station_at(disc_below(upper, lower));
  if (!disc) {
    segment.reason = "the sac does not reach this disc";
    return segment;
  }
  const auto top = measure.station_at(middle_of(upper)), bottom = measure.station_at(middle_of(lower));
  std::optional<Level> narrowest;
  bool whole = top.has_value() && bottom.has_value();
  bool tail_only = top.has_value();  // all that lacks lies at the sac's lower end, below the disc
  bool lacking = false;
  std::size_t where = 0;
  for (std::size_t i = top.value_or(0); i <= bottom.value_or(measure.stations() - 1); ++i) {
    Level here;
    if (!measure.cut_short(i)) measure.ap_at(i, here);
    if (!here.ap_mm) {
      whole = false;
      lacking = true;
      tail_only = tail_only && i > *disc;
      continue;
    }
    tail_only = tail_only && !lacking;
    if (!narrowest || *here.ap_mm < *narrowest->ap_mm) {
      narrowest = here;
      where = i;
    }
  }
  if (!narrowest) {
    segment.reason = "no place in this segment could be measured";
    return segment;
  }
  segment.ap_min_mm = narrowest->ap_mm;
  segment.ap_min_se_mm = narrowest->ap_se_mm;
  segment.above_disc_mm = kStepMm * (static_cast<double>(*disc) - static_cast<double>(where));
  segment.front_lps_mm = narrowest->front_lps_mm;
  segment.back_lps_mm = narrowest->back_lps_mm;
  segment.quality = narrowest->quality;
  segment.reason = narrowest->reason;
  if (!whole) {
    // The sac tapers out at S1 to S2: that its end is not measured is no doubt a reader could settle.
    segment.inherent = segment.quality == Quality::kGood && tail_only && lower.id == anatomy::kS1;
    segment.quality = Quality::kUncertain;
    segment.reason += segment.reason.empty() ? "" : "; ";
    segment.reason += "part of the segment could not be measured";
  }
  return segment;
}

}  // namespace

const ParamTable<CanalMorphometry::Params>& CanalMorphometry::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::average_mm,
               "average_mm",
               "mm",
               "Length along the centreline that is averaged.",
               {0.5, 10.0})
          .add(&Params::half_slab_mm,
               "half_slab_mm",
               "mm",
               "Distance from the sac's midline up to which slices count.",
               {0.5, 6.0})
          .add(&Params::max_csa_slice_mm,
               "max_csa_slice_mm",
               "mm",
               "Distance of slices above which no cross-section is given.",
               {0.1, 3.0})
          .add(&Params::max_midline_gap_mm,
               "max_midline_gap_mm",
               "mm",
               "Distance from the sac's midline to the nearest slice above which nothing is measured.",
               {0.5, 6.0})
          .add(&Params::relative_mm,
               "relative_mm",
               "mm",
               "Sac AP below which stenosis is relative.",
               {5.0, 20.0})
          .add(&Params::absolute_mm,
               "absolute_mm",
               "mm",
               "Sac AP below which stenosis is absolute.",
               {5.0, 20.0});
  return table;
}

CanalMorphometry::CanalMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.absolute_mm <= params.relative_mm,
          Errc::kParam,
          fmt::format(
              "absolute_mm = {} must not be above relative_mm = {}", params.absolute_mm, params.relative_mm));
}

CanalMorphometry::Result CanalMorphometry::operator()(const Labels& labels,
                                                      const Volume* soft,
                                                      const SpineResult& spine,
                                                      Context& context) const {
  if (soft != nullptr) require_same_grid(labels, *soft, "labels and the sac's surface");
  context.throw_if_cancelled();
  Result result;
  result.relative_mm = params_.relative_mm;
  result.absolute_mm = params_.absolute_mm;
  const Curve wall = wall_curve(spine);
  const Sac sac = sac_of(labels, soft);
  const Curve line = wall.stations.empty() ? Curve{} : centreline(sac, wall);
  for (const auto& station : line.stations) result.centreline_lps_mm.push_back(station.at_lps_mm);
  const std::optional<Measure> measure =
      line.stations.empty() ? std::nullopt : std::optional<Measure>(std::in_place, sac, line, params_);
  const Measure* m = measure ? &*measure : nullptr;
  const std::string no_sac = wall.stations.empty() ? wall.reason : "no dural sac was found behind the bodies";
  const auto missing = [&](const Body& body) {
    return has_place(body) ? no_sac
                           : "the place of " + anatomy::short_name(body.id) + " is not known: " + body.reason;
  };
  for (std::size_t i = 0; i < spine.bodies.size(); ++i) {
    const Body& body = spine.bodies[i];
    const std::string name = anatomy::short_name(body.id);
    if (body.id != anatomy::kS1) {
      const Place place = middle_of(body);
      result.levels.push_back(level_at(m, name, has_place(body) ? &place : nullptr, missing(body)));
    }
    if (i + 1 == spine.bodies.size() || !neighbours(body.id, spine.bodies[i + 1].id)) continue;
    const Body& lower = spine.bodies[i + 1];
    const std::string region = name + "/" + anatomy::short_name(lower.id);
    const bool known = has_place(body) && has_place(lower);
    const std::string why = missing(has_place(body) ? lower : body);
    const Place disc = known ? disc_below(body, lower) : Place{};
    result.levels.push_back(level_at(m, region, known ? &disc : nullptr, why));
    Segment segment;
    segment.region = region;
    segment.reason = why;
    if (m != nullptr && known) segment = segment_of(*m, region, body, lower);
    result.segments.push_back(segment);
  }
  if (m == nullptr) context.warn("canal: " + no_sac);
  return result;
}

}  // namespace ledd
