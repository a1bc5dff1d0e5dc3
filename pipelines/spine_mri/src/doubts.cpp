#include "doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::spine_mri {
namespace {

using Body = SpineResult::Body;

constexpr double kVoidOfMarrow = 0.15;  // noise is 2 to 6 % of the marrow's signal, a dry disc 20 % and more
constexpr double kHalfWidthMm = 14.0;   // inside the pedicles; a sagittal stack shows the sides badly
constexpr double kLeastOfUsual = 0.5;   // a body that is mostly void tells nothing of marrow; coils halve it
constexpr double kMaxVoidShare = 0.10;
constexpr double kMaxDepthChange = 0.20;   // neighbours differ by 4 % (SD), persons by 6 %
constexpr double kMaxHeightExcess = 0.25;  // heights differ more, but never by growing
constexpr double kHollow = 0.78;  // Hm over the mean of Ha and Hp; means of healthy levels are 0.92 to 0.97
constexpr double kMaxGapRatio = 1.7;
constexpr double kMaxGapMm = 15.0;      // the highest healthy disc is lower
constexpr std::size_t kNeighbours = 3;  // on either side
constexpr std::size_t kFewestToCompare = 3;
constexpr std::uint16_t kT10 = anatomy::kT1 + 9;

bool is_body(std::uint16_t id) {
  return (id >= anatomy::kT1 && id <= anatomy::kL6) || id == anatomy::kT13;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Doubts {
 public:
  void add(std::uint16_t id, const std::string& reason) {
    std::string& all = of_[id];
    all += (all.empty() ? "" : "; ") + reason;
  }
  std::vector<VertebraLevels::Level> list() const {
    std::vector<VertebraLevels::Level> levels;
    levels.reserve(of_.size());
    for (const auto& [id, reason] : of_) levels.push_back({id, reason, 0.0, 0});
    return levels;
  }

 private:
  std::map<std::uint16_t, std::string> of_;
};

bool presacral(const Body& body) {
  return body.quality != Quality::kFailed && body.id != anatomy::kS1;
}

/// What the neighbours let expect at body `n`: the median of the nearest on both sides. No trend is
/// continued: two bodies that are wrong would be taken for one. Nothing with too few of them.
std::optional<double> expected(const std::vector<double>& values, std::size_t n) {
  std::vector<double> others;
  const std::size_t first = n > kNeighbours ? n - kNeighbours : 0;
  for (std::size_t i = first; i < std::min(values.size(), n + kNeighbours + 1); ++i)
    if (i != n) others.push_back(values[i]);
  if (others.size() < kFewestToCompare) return std::nullopt;
  return median(others);
}

/// The bodies that were measured, with their depths and middle heights.
struct Row {
  explicit Row(const SpineResult& spine) {
    for (const Body& body : spine.bodies) {
      if (!presacral(body)) continue;
      bodies.push_back(&body);
      depths_mm.push_back(body.depth.value_mm);
      heights_mm.push_back(body.hm.value_mm);
    }
  }
  std::vector<const Body*> bodies;
  std::vector<double> depths_mm, heights_mm;
};

/// The rims of a body whose endplates have sunk in are thin, and a mask rounds them off.
void doubt_hollow(const Body& body, Doubts& doubts) {
  const double rims_mm = 0.5 * (body.ha.value_mm + body.hp.value_mm);
  if (!(body.hm.value_mm < kHollow * rims_mm)) return;
  doubts.add(
      body.id,
      fmt::format("its middle is {:.0f} % lower than its front and back: of phantoms as hollow as this "
                  "the front was read up to 6 mm too low",
                  100.0 * (1.0 - body.hm.value_mm / rims_mm)));
}

void doubt_shapes(const SpineResult& spine, Doubts& doubts) {
  const Row row(spine);
  for (std::size_t n = 0; n < row.bodies.size(); ++n) {
    if (const auto depth_mm = expected(row.depths_mm, n);
        depth_mm && std::abs(row.depths_mm[n] / *depth_mm - 1.0) > kMaxDepthChange)
      doubts.add(
          row.bodies[n]->id,
          fmt::format("its depth of {:.0f} mm does not fit its neighbours, which let expect {:.0f} mm: "
                      "metal, or a body not fully found",
                      row.depths_mm[n],
                      *depth_mm));
    if (const auto height_mm = expected(row.heights_mm, n);
        height_mm && row.heights_mm[n] / *height_mm - 1.0 > kMaxHeightExcess)
      doubts.add(
          row.bodies[n]->id,
          fmt::format("its height of {:.0f} mm does not fit its neighbours, which let expect {:.0f} mm: "
                      "two bodies in one, or more than a body",
                      row.heights_mm[n],
                      *height_mm));
    doubt_hollow(*row.bodies[n], doubts);
  }
}

/// Between the facing endplates of each body and the next, half-way from front to back.
void doubt_gaps(const SpineResult& spine, Doubts& doubts) {
  struct Gap {
    const Body *upper, *lower;
    double mm;
  };
  std::vector<Gap> gaps;
  std::vector<double> all_mm;
  for (std::size_t n = 0; n + 1 < spine.bodies.size(); ++n) {
    const Body &upper = spine.bodies[n], &lower = spine.bodies[n + 1];
    if (!presacral(upper) || lower.quality == Quality::kFailed) continue;
    gaps.push_back({&upper, &lower, spine::norm(spine::sub(upper.mi_lps_mm, lower.ms_lps_mm))});
    all_mm.push_back(gaps.back().mm);
  }
  if (gaps.size() < kFewestToCompare) return;
  const double usual_mm = median(all_mm);
  for (const Gap& gap : gaps) {
    if (gap.mm <= kMaxGapMm || gap.mm <= kMaxGapRatio * usual_mm) continue;
    const auto reason = fmt::format(
        "{:.0f} mm lie between the endplates of {} and {}, elsewhere {:.0f} mm: a body or "
        "a part of one was not found",
        gap.mm,
        anatomy::short_name(gap.upper->id),
        anatomy::short_name(gap.lower->id),
        usual_mm);
    doubts.add(gap.upper->id, reason);
    doubts.add(gap.lower->id, reason);
  }
}

/// The place a body takes up: as deep, high and wide as usual in this spine, about its own centre.
struct Place {
  std::uint16_t id = 0;
  SpineResult::Frame frame;
  Point half_mm{};  ///< Left, posterior, superior.

  bool holds(const Point& p) const {
    const Point d = spine::sub(p, frame.centre_lps_mm);
    return std::abs(spine::dot(d, frame.left)) <= half_mm[0] &&
           std::abs(spine::dot(d, frame.posterior)) <= half_mm[1] &&
           std::abs(spine::dot(d, frame.superior)) <= half_mm[2];
  }
};

/// Share of the voxels of a place that are darker than `dark`.
double share_below(const Volume& scan, const Place& place, float dark) {
  const double reach_mm = spine::norm(place.half_mm);
  Volume::PointType centre;
  for (unsigned a = 0; a < 3; ++a) centre[a] = place.frame.centre_lps_mm[a];
  const auto middle = scan.TransformPhysicalPointToIndex(centre);
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  Volume::IndexType low, high, at;
  for (unsigned a = 0; a < 3; ++a) {
    const long reach = std::lround(std::ceil(reach_mm / scan.GetSpacing()[a]));
    low[a] = std::max(0L, middle[a] - reach);
    high[a] = std::min(static_cast<long>(size[a]) - 1, middle[a] + reach);
  }
  std::size_t inside = 0, below = 0;
  for (at[2] = low[2]; at[2] <= high[2]; ++at[2])
    for (at[1] = low[1]; at[1] <= high[1]; ++at[1])
      for (at[0] = low[0]; at[0] <= high[0]; ++at[0]) {
        Volume::PointType p;
        scan.TransformIndexToPhysicalPoint(at, p);
        if (!place.holds({p[0], p[1], p[2]})) continue;
        ++inside;
        below += scan.GetPixel(at) < dark ? 1U : 0U;
      }
  return inside == 0 ? 0.0 : static_cast<double>(below) / static_cast<double>(inside);
}

/// Median signal of every body, by its id.
std::map<std::uint16_t, double> marrow_of(const Volume& scan, const Labels& labels) {
  std::map<std::uint16_t, std::vector<double>> signals;
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (const auto id = labels.GetBufferPointer()[n]; is_body(id))
      signals[id].push_back(static_cast<double>(scan.GetBufferPointer()[n]));
  std::map<std::uint16_t, double> medians;
  for (auto& [id, signal] : signals) medians[id] = median(std::move(signal));
  return medians;
}

/// The places of all presacral bodies. One that could not be measured lies half-way between its neighbours,
/// if those were.
std::vector<Place> places_of(const SpineResult& spine) {
  const Row row(spine);
  std::vector<Place> places;
  std::size_t n = 0;  // in the row
  for (std::size_t b = 0; b < spine.bodies.size(); ++b) {
    const Body& body = spine.bodies[b];
    if (presacral(body)) {
      const auto whole_mm = [&](const std::vector<double>& own) {
        return std::max(own[n], expected(own, n).value_or(own[n]));
      };
      places.push_back({body.id,
                        body.frame,
                        {kHalfWidthMm, 0.45 * whole_mm(row.depths_mm), 0.45 * whole_mm(row.heights_mm)}});
      ++n;
    } else if (n > 0 && b + 1 < spine.bodies.size() && presacral(spine.bodies[b - 1]) &&
               presacral(spine.bodies[b + 1])) {
      Place place = places.back();
      place.id = body.id;
      place.frame.centre_lps_mm = spine::add(spine::add({}, spine.bodies[b - 1].frame.centre_lps_mm, 0.5),
                                             spine.bodies[b + 1].frame.centre_lps_mm,
                                             0.5);
      places.push_back(place);
    }
  }
  return places;
}

void doubt_voids(const SpineResult& spine, const Labels& labels, const Volume& scan, Doubts& doubts) {
  const auto marrow = marrow_of(scan, labels);
  std::vector<double> all;
  all.reserve(marrow.size());
  for (const auto& [id, signal] : marrow) all.push_back(signal);
  if (all.empty()) return;
  const double usual = median(all);
  const auto places = places_of(spine);
  for (std::size_t n = 0; n < places.size(); ++n) {
    const double full = std::max(marrow.at(places[n].id), kLeastOfUsual * usual);
    const double share = share_below(scan, places[n], static_cast<float>(kVoidOfMarrow * full));
    if (share <= kMaxVoidShare) continue;
    doubts.add(
        places[n].id,
        fmt::format("{:.0f} % of its place shows no signal, as metal does: what is measured is what is "
                    "left of it",
                    100.0 * share));
    const auto beside =
        fmt::format("beside {}, where signal is missing as in metal, which bends what lies around it",
                    anatomy::short_name(places[n].id));
    if (n > 0) doubts.add(places[n - 1].id, beside);
    if (n + 1 < places.size()) doubts.add(places[n + 1].id, beside);
  }
}

}  // namespace

std::vector<VertebraLevels::Level> doubtful_bodies(const SpineResult& spine,
                                                   const Labels& labels,
                                                   const Volume& scan) {
  Doubts doubts;
  doubt_gaps(spine, doubts);
  doubt_shapes(spine, doubts);
  doubt_voids(spine, labels, scan, doubts);
  for (const Body& body : spine.bodies)
    if (body.id < kT10) doubts.add(body.id, "above T10 no body was compared with what readers draw");
  return doubts.list();
}

std::string doubtful_contrast(const SpineStudy::Series& series, const Volume& flat, const Labels& labels) {
  if (series.weighting.contrast == MrContrast::kUnknown) return {};
  const auto text = contradiction(series.weighting, weighting_from_intensities(flat, &labels));
  return text.empty() ? text : text + ": the surfaces may lie some millimetres off";
}

void doubt_all(std::vector<Measurement>& measurements, const std::string& reason) {
  for (Measurement& m : measurements) {
    if (m.quality == Quality::kGood) m.quality = Quality::kUncertain;
    m.reason += (m.reason.empty() ? "" : "; ") + reason;
  }
}

void drop_beyond_classical(std::vector<Measurement>& measurements) {
  const std::set<std::string> sides{
      "LR_width", "body_volume", "Cobb_main", "Cobb_upper", "Cobb_lower", "Cobb_convexity"};
  const std::set<std::string> grades{"Genant_grade",
                                     "deformity_type",
                                     "height_loss_percent",
                                     "Ha_Hp_band",
                                     "Hm_Hp_band",
                                     "Ha_Hp_z",
                                     "Hm_Hp_z",
                                     "AP_depth_z",
                                     "Meyerding"};
  for (Measurement& m : measurements) {
    if (m.quality == Quality::kFailed || (!sides.contains(m.endpoint) && !grades.contains(m.endpoint)))
      continue;
    m.reason = sides.contains(m.endpoint)
                   ? "the classical method does not see the sides of the bodies"
                   : "the classical method's heights are not exact enough to be graded";
    m.value.reset();
    m.quality = Quality::kFailed;
  }
}

}  // namespace ledd::spine_mri
