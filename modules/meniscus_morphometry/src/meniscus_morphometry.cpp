#include "ledd/meniscus_morphometry/meniscus_morphometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

using Meniscus = MeniscusMorphometry::Meniscus;

/// A position in the knee's axes: outwards (away from the other plate), forwards, upwards.
class Frame {
 public:
  Frame(const KneeAxes& axes, bool medial)
      : axes_(axes), outwards_(vec::scaled(axes.medial, medial ? 1.0 : -1.0)) {}
  Point operator()(const Point& p) const {
    const Point d = vec::sub(p, axes_.centre_lps_mm);
    return {vec::dot(d, outwards_), vec::dot(d, axes_.anterior), vec::dot(d, axes_.superior)};
  }

 private:
  KneeAxes axes_;
  Point outwards_;
};

std::vector<Point> voxels_of(const Labels& labels, Meniscus& meniscus) {
  std::vector<Point> points;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::uint16_t* id = labels.GetBufferPointer();
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n) {
    if (id[n] != meniscus.id) continue;
    const auto index = labels.ComputeIndex(static_cast<long>(n));
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(index, p);
    points.push_back({p[0], p[1], p[2]});
    for (unsigned a = 0; a < 3; ++a) {
      const long at = index[a] - labels.GetLargestPossibleRegion().GetIndex(a);
      if (at == 0 || at + 1 == static_cast<long>(size[a])) meniscus.at_border = true;
    }
  }
  return points;
}

/// The plate under a meniscus: its vertices in the frame.
struct Plate {
  std::vector<Point> points_mm;
  std::vector<double> area_mm2;
  double middle_mm = 0.0;  ///< Of its extent from front to back.
  double top_mm = 0.0;
};

Plate plate_of(const CartilageLayer& tibia, std::uint16_t id, const Frame& frame) {
  Plate plate;
  double front = -1e9, back = 1e9;
  plate.top_mm = -1e9;
  for (std::size_t v = 0; v < tibia.plate.size(); ++v) {
    if (tibia.plate[v] != id) continue;
    const Point p = frame(tibia.bone.points_lps_mm[v]);
    plate.points_mm.push_back(p);
    plate.area_mm2.push_back(tibia.area_mm2[v]);
    front = std::max(front, p[1]);
    back = std::min(back, p[1]);
    plate.top_mm = std::max(plate.top_mm, p[2]);
  }
  plate.middle_mm = 0.5 * (front + back);
  return plate;
}

std::optional<double> extrusion_mm(const std::vector<Point>& meniscus_mm,
                                   const CartilageLayer& tibia,
                                   const Plate& plate,
                                   const Frame& frame,
                                   const MeniscusMorphometry::Params& params) {
  std::map<long, double> edge, reach;  // by slab of 1 mm
  const auto take = [&](std::map<long, double>& most, const Point& p) {
    const long slab = std::lround(p[1]);
    // Whole slabs only: of a slab that is cut, the edge may lie in the other part.
    if (std::fabs(static_cast<double>(slab) - plate.middle_mm) > 0.5 * (params.middle_mm - 1.0)) return;
    auto& value = most.try_emplace(slab, p[0]).first->second;
    value = std::max(value, p[0]);
  };
  for (const Point& p : tibia.bone.points_lps_mm) {
    const Point at = frame(p);
    if (at[2] > plate.top_mm - params.rim_mm) take(edge, at);
  }
  for (const Point& p : meniscus_mm) take(reach, p);
  double sum = 0.0, slabs = 0.0;
  for (const auto& [slab, out] : reach)
    if (const auto found = edge.find(slab); found != edge.end()) {
      sum += out - found->second;
      slabs += 1.0;
    }
  if (slabs < 0.5 * params.middle_mm) return std::nullopt;
  return sum / slabs;
}

/// By columns of 1 mm: a vertex is covered when its column has meniscus above it.
double coverage_percent(const std::vector<Point>& meniscus_mm, const Plate& plate, double above_mm) {
  std::map<std::pair<long, long>, double> height;  // of the lowest meniscus
  for (const Point& p : meniscus_mm) {
    auto& low = height.try_emplace({std::lround(p[0]), std::lround(p[1])}, p[2]).first->second;
    low = std::min(low, p[2]);
  }
  double covered = 0.0, all = 0.0;
  for (std::size_t v = 0; v < plate.points_mm.size(); ++v) {
    const Point& p = plate.points_mm[v];
    all += plate.area_mm2[v];
    const auto found = height.find({std::lround(p[0]), std::lround(p[1])});
    if (found != height.end() && found->second > p[2] - 1.0 && found->second < p[2] + above_mm)
      covered += plate.area_mm2[v];
  }
  return 100.0 * covered / all;
}

}  // namespace

const ParamTable<MeniscusMorphometry::Params>& MeniscusMorphometry::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .add(&P::middle_mm, "middle_mm", "mm", "Depth of the mid-coronal region.", {2.0, 40.0})
          .add(&P::rim_mm, "rim_mm", "mm", "Height of the tibia in which its edge is sought.", {2.0, 40.0})
          .add(&P::above_mm, "above_mm", "mm", "Meniscus within this above the bone covers it.", {2.0, 40.0});
  return table;
}

MeniscusMorphometry::MeniscusMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

MeniscusMorphometry::Result MeniscusMorphometry::operator()(const Labels& labels,
                                                            const CartilageResult& knee,
                                                            Context& context) const {
  Result result;
  result.side = knee.axes.side;
  const CartilageLayer* tibia = nullptr;
  for (const auto& layer : knee.layers)
    if (layer.bone_id == anatomy::kTibia) tibia = &layer;
  const auto spacing = labels.GetSpacing();
  for (const bool medial : {true, false}) {
    context.throw_if_cancelled();
    Meniscus& m = result.menisci.emplace_back();
    m.id = medial ? anatomy::kMedialMeniscus : anatomy::kLateralMeniscus;
    m.region = medial ? "MM" : "LM";
    const Frame frame(knee.axes, medial);
    std::vector<Point> points = voxels_of(labels, m);
    if (points.empty()) {
      m.absent = fmt::format("there is no meniscus with label {}", m.id);
      continue;
    }
    m.volume_mm3 = static_cast<double>(points.size()) * spacing[0] * spacing[1] * spacing[2];
    for (Point& p : points) p = frame(p);
    const std::uint16_t cartilage =
        medial ? anatomy::kMedialTibialCartilage : anatomy::kLateralTibialCartilage;
    const Plate plate = tibia == nullptr ? Plate{} : plate_of(*tibia, cartilage, frame);
    if (tibia == nullptr || plate.points_mm.empty() || !knee.axes.doubt.empty()) {
      m.reason = plate.points_mm.empty()
                     ? fmt::format("the tibial plate {} below it was not measured", cartilage)
                     : knee.axes.doubt;
      continue;
    }
    m.extrusion_mm = extrusion_mm(points, *tibia, plate, frame, params_);
    if (!m.extrusion_mm) m.reason = "the meniscus does not reach through the middle of the tibial plate";
    m.coverage_percent = coverage_percent(points, plate, params_.above_mm);
  }
  return result;
}

const std::vector<EndpointDefinition>& MeniscusMorphometry::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"MenVol",
       "Meniscus volume",
       "mm3",
       "voxels/1",
       "Volume of the voxels of the meniscus.",
       "Wirth et al., Arthritis Rheum 62:1078, 2010",
       "not yet measured"},
      {"MenExtr",
       "Meniscus extrusion",
       "mm",
       "mid-coronal/1",
       "Mean over 1 mm coronal slabs of the middle 10 mm of the tibial plate of how far the meniscus reaches "
       "beyond the tibia's outer edge; negative inside it.",
       "Wirth et al., Arthritis Rheum 62:1078, 2010",
       "not yet measured"},
      {"MenCov",
       "Tibial bone area covered by the meniscus",
       "%",
       "columns/1",
       "Part of the tibial plate's tAB with meniscus above it along the normal of the plateau.",
       "Wirth et al., Arthritis Rheum 62:1078, 2010",
       "not yet measured"}};
  return all;
}

std::vector<Measurement> measurements(const MeniscusMorphometry::Result& result) {
  const auto& d = MeniscusMorphometry::definitions();
  std::vector<Measurement> out;
  for (const auto& m : result.menisci) {
    const auto push = [&](const EndpointDefinition& definition,
                          const std::optional<double>& value,
                          const std::string& missing) {
      Measurement row =
          !value ? failed(m.region, definition, missing)
          : m.at_border
              ? inherent(uncertain(m.region, definition, *value, "the meniscus is cut by the image's border"))
              : measured(m.region, definition, *value);
      row.side.assign(1, result.side == anatomy::Side::kRight ? 'R' : 'L');
      out.push_back(row);
    };
    const std::string& missing = m.absent.empty() ? m.reason : m.absent;
    push(d[0], m.absent.empty() ? std::optional(m.volume_mm3) : std::nullopt, missing);
    push(d[1], m.extrusion_mm, missing);
    push(d[2], m.coverage_percent, missing);
  }
  return out;
}

}  // namespace ledd
