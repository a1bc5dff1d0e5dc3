#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/disc_morphometry/disc_morphometry.h"
#include "ledd/measurement/estimate.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd {
namespace {

using Disc = DiscResult::Disc;
using Number = DiscResult::Number;

constexpr const char* kMethod = "disc-space/1";
constexpr const char* kPrecision = "docs/disc-morphometry.md, section Accuracy";
constexpr std::array<std::uint8_t, 3> kHeight{120, 255, 90};
constexpr std::array<std::uint8_t, 3> kSlip{255, 160, 0};
constexpr const char* kSupine = " Lying, not standing: supine MRI under-reports dynamic slip.";

const EndpointDefinition& definition(std::string_view key) {
  return definition_of(key, DiscMorphometry::definitions());
}

/// Collects the rows of one disc.
class Rows {
 public:
  Rows(const Disc& disc, std::vector<Measurement>& out) : disc_(disc), out_(out) {}

  /// A value with the quality of where it comes from, and its standard error.
  void put(std::string_view key, const Number& n, Quality quality, const std::string& reason) {
    const EndpointDefinition& d = definition(key);
    Estimate estimate{n.value, n.se, quality, reason};
    if (!std::isfinite(n.se) || key == "Meyerding") estimate.se = std::nullopt;
    if (quality == Quality::kFailed)
      estimate.value = std::nullopt;
    else if (!std::isfinite(n.value))
      estimate = {std::nullopt, std::nullopt, Quality::kFailed, "the ratio's denominator is 0"};
    push_estimate(disc_.region, d, estimate, out_);
  }
  /// The rows of `key`, which lack what the scan does not hold.
  void mark_inherent(std::string_view key) {
    for (Measurement& m : out_)
      if (m.region == disc_.region && m.endpoint == key) m = inherent(m);
  }
  void put(std::string_view key, const Number& n) { put(key, n, disc_.quality, disc_.reason); }

 private:
  const Disc& disc_;
  std::vector<Measurement>& out_;
};

Number ratio(const Number& a, const Number& b) {
  const double value = a.value / b.value;
  return {value, std::hypot(a.se / b.value, value * b.se / b.value)};
}

/// The mean of heights of one disc. They hang together, so that their errors are not taken as independent.
Number mean_of(std::initializer_list<Number> numbers) {
  Number mean;
  for (const Number& n : numbers) {
    mean.value += n.value / static_cast<double>(numbers.size());
    mean.se += n.se / static_cast<double>(numbers.size());
  }
  return mean;
}

void push_disc(const Disc& d, std::vector<Measurement>& out) {
  Rows rows(d, out);
  const Number dabbs = mean_of({d.ha_mm, d.hp_mm});
  const Number fyllos = mean_of({d.ha_mm, d.hm_mm, d.hp_mm});
  rows.put("disc_Ha", d.ha_mm);
  rows.put("disc_Hm", d.hm_mm);
  rows.put("disc_Hp", d.hp_mm);
  rows.put("DH_area", {d.mean_height_mm(), ratio(d.area_mm2, d.ap_mm).se});
  rows.put("DH_Dabbs", dabbs);
  rows.put("DH_Hurxthal", d.hm_mm);
  rows.put("DH_Fyllos", fyllos);
  rows.put("Farfan", ratio({2.0 * dabbs.value, 2.0 * dabbs.se}, d.ap_mm));
  const Quality dhi = d.vertebra_mm ? d.quality : Quality::kFailed;
  rows.put("DHI", ratio(fyllos, d.vertebra_mm.value_or(Number{1.0, 0.0})), dhi, d.vertebra_reason);
  rows.put("disc_convexity", ratio(d.hm_mm, dabbs));
  rows.put("disc_AP", d.ap_mm);
  rows.put("disc_angle", d.angle_deg);
  rows.put("disc_volume", d.volume_cm3.value_or(Number{}), d.volume_quality, d.volume_reason);
  if (d.volume_beyond_stack) rows.mark_inherent("disc_volume");
  rows.put("slip", d.slip_mm);
  rows.put("slip_percent", d.slip_percent);
  rows.put("Meyerding", {static_cast<double>(d.meyerding), 0.0}, d.meyerding_quality, d.meyerding_reason);
}

std::vector<EndpointDefinition> height_definitions() {
  const std::string along =
      " along the normal of the bisector of both endplate lines, in the mid-sagittal "
      "plane of the disc.";
  return {
      {"disc_Ha",
       "Anterior disc height",
       "mm",
       kMethod,
       "Distance of the anterior corners of the facing endplates, taken without rims and spurs," + along,
       "Own definition, after Fyllos et al., Surg Radiol Anat 40:1055, 2018",
       kPrecision},
      {"disc_Hm",
       "Middle disc height",
       "mm",
       kMethod,
       "Distance of the facing endplate contours in the middle of their length," + along,
       "Own definition, after Fyllos et al., Surg Radiol Anat 40:1055, 2018",
       kPrecision},
      {"disc_Hp",
       "Posterior disc height",
       "mm",
       kMethod,
       "Distance of the posterior corners of the facing endplates, taken without rims and spurs," + along,
       "Own definition, after Fyllos et al., Surg Radiol Anat 40:1055, 2018",
       kPrecision},
      {"DH_area",
       "Mean disc height by area",
       "mm",
       kMethod,
       "Mid-sagittal area between the facing endplate contours divided by disc_AP: the mean height, and the "
       "least noisy one.",
       "Own definition",
       kPrecision},
      {"DH_Dabbs",
       "Disc height after Dabbs",
       "mm",
       kMethod,
       "(disc_Ha + disc_Hp) / 2. Other definitions of disc height differ by a third: name it with the "
       "number.",
       "Dabbs and Dabbs, Spine 15:1366, 1990",
       kPrecision},
      {"DH_Hurxthal",
       "Disc height after Hurxthal",
       "mm",
       kMethod,
       "disc_Hm: the height in the middle alone.",
       "Hurxthal, Am J Roentgenol 103:635, 1968",
       kPrecision},
      {"DH_Fyllos",
       "Disc height after Fyllos",
       "mm",
       kMethod,
       "(disc_Ha + disc_Hm + disc_Hp) / 3.",
       "Fyllos et al., Surg Radiol Anat 40:1055, 2018",
       kPrecision}};
}

std::vector<EndpointDefinition> shape_definitions() {
  return {
      {"Farfan",
       "Farfan index",
       "1",
       kMethod,
       "(disc_Ha + disc_Hp) / disc_AP.",
       "Farfan et al., J Bone Joint Surg Am 54:492, 1972",
       kPrecision},
      {"DHI",
       "Disc height index",
       "1",
       kMethod,
       "Mean of disc_Ha, disc_Hm and disc_Hp, divided by the mean of the middle heights (Hm) of the "
       "vertebrae "
       "above and below; of the disc above S1, whose height is not defined, by that of the vertebra above "
       "alone.",
       "Chen et al., J Clin Neurosci 103:153, 2022",
       kPrecision},
      {"disc_convexity",
       "Disc convexity index",
       "1",
       kMethod,
       "2 disc_Hm / (disc_Ha + disc_Hp): above 1 where the disc is higher in the middle.",
       "Fyllos et al., Surg Radiol Anat 40:1055, 2018",
       kPrecision},
      {"disc_AP",
       "Anterior-posterior depth of the disc space",
       "mm",
       kMethod,
       "Distance of the middle between both anterior corners from the middle between both posterior corners, "
       "along the bisector of both endplate lines.",
       "Own definition",
       kPrecision},
      {"disc_angle",
       "Angle of the disc",
       "deg",
       "endplate-angle/1",
       "Angle between the facing endplates (planes fitted with Huber weights to the central 70 %) in the "
       "mid-sagittal plane of the disc; positive when the disc is open in front. Lying, not standing.",
       "Angle of Cobb, AAOS Instructional Course Lectures 5:261, 1948, on the endplates of one disc",
       kPrecision},
      {"disc_volume",
       "Volume of the intervertebral disc",
       "cm3",
       "label-volume/1",
       "Number of voxels of the disc's label times the volume of a voxel; with a probability, the area where "
       "it is at least 0.5, interpolated within each sagittal slice, times the slices' distance.",
       "Own definition",
       kPrecision}};
}

std::vector<EndpointDefinition> slip_definitions() {
  return {
      {"slip",
       "Slip of the upper vertebra on the lower",
       "mm",
       "corner-slip/1",
       "Offset of the posterior inferior corner of the upper vertebra from the posterior superior corner of "
       "the "
       "lower one, along the line of the lower superior endplate; positive forward (anterolisthesis), "
       "negative "
       "backward (retrolisthesis)." +
           std::string(kSupine),
       "Own definition on corners, after Frobin et al., Clin Biomech 12 Suppl 1:S1, 1997",
       kPrecision},
      {"slip_percent",
       "Slip of the upper vertebra, percent",
       "%",
       "corner-slip/1",
       "slip divided by the length of the lower superior endplate from corner to corner, times 100; signed "
       "like "
       "slip." +
           std::string(kSupine),
       "Percentage of slip after Taillard, 1954",
       kPrecision},
      {"Meyerding",
       "Meyerding grade of the slip",
       "1",
       "corner-slip/1",
       "0 where the slip is below 3 mm and below 8 % either way (noise of supine MRI is 1 to 2 mm); else 1 "
       "up to "
       "25 %, 2 up to 50 %, 3 up to 75 %, 4 up to 100 %, 5 beyond. The size alone counts: slip says in which "
       "direction." +
           std::string(kSupine),
       "Meyerding, Surg Gynecol Obstet 54:371, 1932",
       kPrecision}};
}

}  // namespace

const std::vector<EndpointDefinition>& DiscMorphometry::definitions() {
  static const std::vector<EndpointDefinition> all = [] {
    std::vector<EndpointDefinition> rows = height_definitions();
    for (const auto& more : {shape_definitions(), slip_definitions()})
      rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  }();
  return all;
}

std::vector<Measurement> measurements(const DiscResult& result) {
  std::vector<Measurement> out;
  for (const Disc& disc : result.discs) push_disc(disc, out);
  return out;
}

std::vector<Polyline> report_lines(const DiscResult& result) {
  std::vector<Polyline> lines;
  for (const Disc& d : result.discs) {
    if (d.quality == Quality::kFailed) continue;
    const std::size_t last = d.upper_lps_mm.size() - 1;
    const auto line = [&](std::size_t i, const char* where, const Number& n) {
      lines.push_back({{d.upper_lps_mm[i], d.lower_lps_mm[i]},
                       kHeight,
                       fmt::format("{:.1f}", n.value),
                       fmt::format("{} disc height {} {:.1f} mm", d.region, where, n.value)});
    };
    line(0, "in front", d.ha_mm);
    line(last / 2, "in the middle", d.hm_mm);
    line(last, "behind", d.hp_mm);
    if (d.meyerding == 0) continue;
    // From the lower body's posterior superior corner along its endplate to where the upper's corner stands.
    const Point& corner = d.lower_lps_mm.back();
    const Point forward = spine::unit(spine::sub(d.lower_lps_mm.front(), corner));
    lines.push_back({{spine::add(corner, forward, d.slip_mm.value), corner},
                     kSlip,
                     fmt::format("slip {:.1f} mm, grade {}", d.slip_mm.value, d.meyerding)});
  }
  return lines;
}

}  // namespace ledd
