#include <algorithm>
#include <cmath>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd::knee {
namespace {

/// A vertex in the femur's own directions, mm.
struct Place {
  double medial, anterior, area_mm2;
  std::size_t vertex;
};

std::vector<Place> places(const CartilageLayer& layer, const KneeAxes& axes) {
  std::vector<Place> all;
  for (std::size_t v = 0; v < layer.plate.size(); ++v)
    if (layer.plate[v] == anatomy::kFemoralCartilage) {
      const Point d = vec::sub(layer.bone.points_lps_mm[v], axes.centre_lps_mm);
      all.push_back({vec::dot(d, axes.medial), vec::dot(d, axes.anterior), layer.area_mm2[v], v});
    }
  return all;
}

/// Mean over rows of 2 mm of the middle between the two condyles' inner edges: a single vertex that stands
/// out moves one row only.
double mean_middle(const std::vector<Place>& all, double behind_mm, double rough_mm) {
  std::map<long, std::pair<double, double>> edges;
  constexpr double kNone = 1e9;
  for (const Place& p : all) {
    if (p.anterior >= behind_mm) continue;
    auto& [below, above] = edges.try_emplace(std::lround(p.anterior / 2.0), -kNone, kNone).first->second;
    if (p.medial < rough_mm) below = std::max(below, p.medial);
    if (p.medial > rough_mm) above = std::min(above, p.medial);
  }
  double sum = 0.0, rows = 0.0;
  for (const auto& [row, edge] : edges) {
    if (edge.first == -kNone || edge.second == kNone) continue;
    sum += 0.5 * (edge.first + edge.second);
    rows += 1.0;
  }
  return rows > 0.0 ? sum / rows : rough_mm;
}

/// Middle of the widest strip without cartilage between the condyles, in the posterior 40 %.
std::optional<double> middle_of_notch(const std::vector<Place>& all) {
  double back = 1e9, front = -1e9;
  for (const Place& p : all) {
    back = std::min(back, p.anterior);
    front = std::max(front, p.anterior);
  }
  std::vector<double> medials;
  for (const Place& p : all)
    if (p.anterior < back + 0.4 * (front - back)) medials.push_back(p.medial);
  std::sort(medials.begin(), medials.end());
  constexpr double kLeastNotchMm = 6.0;
  double widest = kLeastNotchMm;
  std::optional<double> middle;
  for (std::size_t n = 0; n + 1 < medials.size(); ++n)
    if (medials[n + 1] - medials[n] > widest) {
      widest = medials[n + 1] - medials[n];
      middle = 0.5 * (medials[n] + medials[n + 1]);
    }
  if (!middle) return middle;
  return mean_middle(all, back + 0.4 * (front - back), *middle);
}

/// The axes turned about the vertical so that both posterior ends lie equally far back.
KneeAxes turned_by_condyles(const CartilageLayer& layer,
                            const std::vector<Place>& all,
                            double middle_mm,
                            const KneeAxes& axes) {
  std::array<double, 2> back{1e9, 1e9};
  std::array<const Place*, 2> ends{};
  for (const Place& p : all) {
    const unsigned side = p.medial > middle_mm ? 0 : 1;
    if (p.anterior >= back[side]) continue;
    back[side] = p.anterior;
    ends[side] = &p;
  }
  if (ends[0] == nullptr || ends[1] == nullptr) return axes;
  const Point line =
      vec::sub(layer.bone.points_lps_mm[ends[0]->vertex], layer.bone.points_lps_mm[ends[1]->vertex]);
  KneeAxes turned = axes;
  turned.medial = vec::unit(vec::across(line, axes.superior));
  turned.anterior = vec::unit(vec::across(vec::across(axes.anterior, axes.superior), turned.medial));
  constexpr double kMost = 0.94;  // 20 degrees: more is no turn of a femur on its tibia but a lost condyle
  return vec::dot(turned.medial, axes.medial) > kMost ? turned : axes;
}

/// Inner and outer edge of a weight-bearing condyle over every 2 mm from front to back, as distances from the
/// middle.
class Edges {
 public:
  void add(double anterior_mm, double out_mm) {
    auto& [low, high] = rows_.try_emplace(std::lround(anterior_mm / 2.0), out_mm, out_mm).first->second;
    low = std::min(low, out_mm);
    high = std::max(high, out_mm);
  }
  /// 0 at the inner edge, 1 at the outer; edges are means over five rows.
  double part(double anterior_mm, double out_mm) const {
    const long row = std::lround(anterior_mm / 2.0);
    double low = 0, high = 0, rows = 0;
    for (long r = row - 2; r <= row + 2; ++r)
      if (const auto found = rows_.find(r); found != rows_.end()) {
        low += found->second.first;
        high += found->second.second;
        rows += 1;
      }
    return (out_mm - low / rows) / std::max(1e-9, (high - low) / rows);
  }

 private:
  std::map<long, std::pair<double, double>> rows_;
};

}  // namespace

std::optional<FemurLandmarks> femur_landmarks(const CartilageLayer& layer, const KneeAxes& axes) {
  const auto first = places(layer, axes);
  if (first.empty()) return std::nullopt;
  const auto rough = middle_of_notch(first);
  if (!rough) return std::nullopt;
  FemurLandmarks marks;
  marks.axes = turned_by_condyles(layer, first, *rough, axes);
  const auto all = places(layer, marks.axes);
  const auto middle = middle_of_notch(all);
  if (!middle) return std::nullopt;
  marks.middle_mm = *middle;
  constexpr double kStripMm =
      2.5;  // half the width in which the cartilage of the trochlea is followed to the notch
  std::vector<std::pair<double, double>> strip, medial, lateral;
  for (const Place& p : all) {
    if (layer.covered[p.vertex] != 0 && std::fabs(p.medial - *middle) < kStripMm)
      strip.emplace_back(p.anterior, p.area_mm2);
    (p.medial > *middle ? medial : lateral).emplace_back(p.anterior, p.area_mm2);
  }
  if (strip.empty() || medial.empty() || lateral.empty()) return std::nullopt;
  marks.notch_mm = weighted_quantile(strip, 0.02);
  marks.medial_end_mm = weighted_quantile(medial, 0.002);
  marks.lateral_end_mm = weighted_quantile(lateral, 0.002);
  return marks;
}

std::vector<std::uint16_t> femur_regions(const CartilageLayer& layer,
                                         const FemurLandmarks& marks,
                                         double weight_bearing) {
  std::vector<std::uint16_t> regions(layer.plate.size(), kNone);
  const auto all = places(layer, marks.axes);
  std::array<Edges, 2> edges;
  const auto side_of = [&](const Place& p) { return p.medial > marks.middle_mm ? 0U : 1U; };
  const auto out = [&](const Place& p) { return std::fabs(p.medial - marks.middle_mm); };
  const auto end = [&](unsigned side) { return side == 0 ? marks.medial_end_mm : marks.lateral_end_mm; };
  // The upper back of a condyle curves forwards again: it faces up, which no weight-bearing bone does.
  const auto faces_up = [&](const Place& p) {
    return vec::dot(layer.normals[p.vertex], marks.axes.superior) > 0.0;
  };
  for (const Place& p : all) {
    const unsigned side = side_of(p);
    const double cut = marks.notch_mm + weight_bearing * (end(side) - marks.notch_mm);
    if (p.anterior > marks.notch_mm) {
      regions[p.vertex] = kTrF;
    } else if (p.anterior <= cut || faces_up(p)) {
      regions[p.vertex] = side == 0 ? kPMF : kPLF;
    } else {
      regions[p.vertex] = side == 0 ? kCcMF : kCcLF;
      edges[side].add(p.anterior, out(p));
    }
  }
  for (const Place& p : all) {
    auto& region = regions[p.vertex];
    if (region != kCcMF && region != kCcLF) continue;
    const double part = edges[side_of(p)].part(p.anterior, out(p));
    if (part < 1.0 / 3.0) region = side_of(p) == 0 ? kIcMF : kIcLF;
    if (part > 2.0 / 3.0) region = side_of(p) == 0 ? kEcMF : kEcLF;
  }
  return regions;
}

}  // namespace ledd::knee
