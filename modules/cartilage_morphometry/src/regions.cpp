#include <algorithm>
#include <cmath>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd::knee {
namespace {

using anatomy::kFemoralCartilage;
using anatomy::kFemur;
using anatomy::kLateralTibialCartilage;
using anatomy::kMedialTibialCartilage;
using anatomy::kPatella;
using anatomy::kPatellarCartilage;
using anatomy::kTibia;

/// Divides one tibial plate: an ellipse about its centre, and four sectors between the diagonals of the
/// rectangle in which the ellipse lies.
void divide_plate(const CartilageLayer& layer,
                  std::uint16_t id,
                  const KneeAxes& axes,
                  double central_share,
                  std::vector<std::uint16_t>& regions) {
  const Centre plate = centre_of_plate(layer, id);
  if (!(plate.area_mm2 > 0.0)) return;
  const bool medial = id == kMedialTibialCartilage;
  const auto place = [&](std::size_t v) {
    const Point d = vec::sub(layer.bone.points_lps_mm[v], plate.centre_lps_mm);
    const double inwards = vec::dot(d, axes.medial) * (medial ? -1.0 : 1.0);
    return std::array{vec::dot(d, axes.anterior), inwards};
  };
  std::array<double, 2> squares{};
  for (std::size_t v = 0; v < regions.size(); ++v)
    if (layer.plate[v] == id)
      for (unsigned a = 0; a < 2; ++a) squares[a] += layer.area_mm2[v] * std::pow(place(v)[a], 2);
  const std::array<double, 2> sd{std::sqrt(squares[0] / plate.area_mm2),
                                 std::sqrt(squares[1] / plate.area_mm2)};
  std::vector<std::pair<double, double>> radii;
  for (std::size_t v = 0; v < regions.size(); ++v)
    if (layer.plate[v] == id)
      radii.emplace_back(std::hypot(place(v)[0] / sd[0], place(v)[1] / sd[1]), layer.area_mm2[v]);
  const double ellipse = weighted_quantile(radii, central_share);
  const auto base = static_cast<std::uint16_t>(medial ? kCMT : kCLT);
  for (std::size_t v = 0; v < regions.size(); ++v) {
    if (layer.plate[v] != id) continue;
    const auto at = place(v);
    const double forward = at[0] / sd[0], inward = at[1] / sd[1];
    unsigned which = 0;
    if (std::hypot(forward, inward) > ellipse) {
      if (std::fabs(forward) >= std::fabs(inward)) {
        which = forward > 0.0 ? 1 : 2;
      } else {
        which = inward < 0.0 ? 3 : 4;
      }
    }
    regions[v] = static_cast<std::uint16_t>(base + which);
  }
}

}  // namespace

const std::vector<RegionSet>& region_sets() {
  static const std::vector<RegionSet> all{
      {"MT", kTibia, kMedialTibialCartilage, {kCMT, kAMT, kPMT, kEMT, kIMT}},
      {"LT", kTibia, kLateralTibialCartilage, {kCLT, kALT, kPLT, kELT, kILT}},
      {"cMF", kFemur, kFemoralCartilage, {kEcMF, kCcMF, kIcMF}},
      {"cLF", kFemur, kFemoralCartilage, {kEcLF, kCcLF, kIcLF}},
      {"pMF", kFemur, kFemoralCartilage, {kPMF}},
      {"pLF", kFemur, kFemoralCartilage, {kPLF}},
      {"TrF", kFemur, kFemoralCartilage, {kTrF}},
      {"P", kPatella, kPatellarCartilage, {kMP, kLP}},
      {"cMT", kTibia, kMedialTibialCartilage, {kCMT}},
      {"aMT", kTibia, kMedialTibialCartilage, {kAMT}},
      {"pMT", kTibia, kMedialTibialCartilage, {kPMT}},
      {"eMT", kTibia, kMedialTibialCartilage, {kEMT}},
      {"iMT", kTibia, kMedialTibialCartilage, {kIMT}},
      {"cLT", kTibia, kLateralTibialCartilage, {kCLT}},
      {"aLT", kTibia, kLateralTibialCartilage, {kALT}},
      {"pLT", kTibia, kLateralTibialCartilage, {kPLT}},
      {"eLT", kTibia, kLateralTibialCartilage, {kELT}},
      {"iLT", kTibia, kLateralTibialCartilage, {kILT}},
      {"ecMF", kFemur, kFemoralCartilage, {kEcMF}},
      {"ccMF", kFemur, kFemoralCartilage, {kCcMF}},
      {"icMF", kFemur, kFemoralCartilage, {kIcMF}},
      {"ecLF", kFemur, kFemoralCartilage, {kEcLF}},
      {"ccLF", kFemur, kFemoralCartilage, {kCcLF}},
      {"icLF", kFemur, kFemoralCartilage, {kIcLF}},
      {"mP", kPatella, kPatellarCartilage, {kMP}},
      {"lP", kPatella, kPatellarCartilage, {kLP}}};
  return all;
}

RegionValues values_of(const CartilageLayer& layer,
                       std::span<const std::uint16_t> regions,
                       const RegionSet& set) {
  RegionValues r;
  double sum = 0.0, squares = 0.0, lines = 0.0, lines_mm2 = 0.0;
  for (std::size_t v = 0; v < regions.size(); ++v) {
    if (std::find(set.parts.begin(), set.parts.end(), regions[v]) == set.parts.end()) continue;
    const double area = layer.area_mm2[v], t = layer.thickness_mm[v];
    r.tab_mm2 += area;
    if (layer.covered[v] != 0) r.cab_mm2 += area;
    sum += area * t;
    squares += area * t * t;
    if (layer.laplace_mm.empty() || std::isnan(layer.laplace_mm[v])) continue;
    lines += area * layer.laplace_mm[v];
    lines_mm2 += area;
  }
  r.mean_mm = sum / r.tab_mm2;
  r.sd_mm = std::sqrt(std::max(0.0, squares / r.tab_mm2 - r.mean_mm * r.mean_mm));
  r.covered_mean_mm = sum / r.cab_mm2;
  r.laplace_mean_mm = lines / lines_mm2;
  return r;
}

std::vector<std::uint16_t> tibia_regions(const CartilageLayer& layer,
                                         const KneeAxes& axes,
                                         double central_share) {
  std::vector<std::uint16_t> regions(layer.plate.size(), kNone);
  for (const auto& plate : layer.plates) divide_plate(layer, plate.id, axes, central_share, regions);
  return regions;
}

std::vector<std::uint16_t> patella_regions(const CartilageLayer& layer, const KneeAxes& axes) {
  std::vector<std::uint16_t> regions(layer.plate.size(), kNone);
  const Centre plate = centre_of_plate(layer, kPatellarCartilage);
  if (!(plate.area_mm2 > 0.0)) return regions;
  const Point up = vec::unit(vec::across(axes.superior, plate.normal));
  const Point medial = vec::unit(vec::across(vec::across(axes.medial, plate.normal), up));
  const auto along = [&](std::size_t v, const Point& direction) {
    return vec::dot(vec::sub(layer.bone.points_lps_mm[v], plate.centre_lps_mm), direction);
  };
  // The ridge: in every 2 mm of height the middle of what lies within 0.3 mm of the point farthest back, and
  // a straight line through these.
  struct RidgeRow {
    double back_mm = -1e9, medial_mm = 0.0, area_mm2 = 0.0;
  };
  std::map<long, RidgeRow> ridge;
  const auto row_of = [&](std::size_t v) -> RidgeRow& { return ridge[std::lround(along(v, up) / 2.0)]; };
  for (std::size_t v = 0; v < regions.size(); ++v)
    if (layer.plate[v] == kPatellarCartilage)
      row_of(v).back_mm = std::max(row_of(v).back_mm, along(v, plate.normal));
  for (std::size_t v = 0; v < regions.size(); ++v) {
    if (layer.plate[v] != kPatellarCartilage || along(v, plate.normal) < row_of(v).back_mm - 0.3) continue;
    row_of(v).medial_mm += layer.area_mm2[v] * along(v, medial);
    row_of(v).area_mm2 += layer.area_mm2[v];
  }
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (const auto& [row, top] : ridge) {
    const double x = 2.0 * static_cast<double>(row), y = top.medial_mm / std::max(top.area_mm2, 1e-9);
    n += 1;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const double spread = n * sxx - sx * sx;
  const double slope = spread > 0.0 ? (n * sxy - sx * sy) / spread : 0.0, start = (sy - slope * sx) / n;
  for (std::size_t v = 0; v < regions.size(); ++v)
    if (layer.plate[v] == kPatellarCartilage)
      regions[v] = along(v, medial) > start + slope * along(v, up) ? kMP : kLP;
  return regions;
}

}  // namespace ledd::knee
