#include "ledd/vertebral_surface/vertebral_surface.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ledd/core/error.h"
#include "ledd/image/sampled.h"
#include "ledd/smoothing/smoothing.h"

#include "cortex.h"
#include "directions.h"
#include "least_surface.h"

namespace ledd {
namespace {

using surface::Directions;

constexpr int kSubdivisions = 4;         // 2562 rays: 2 mm apart at the corners of a large body
constexpr double kPlaceMm = 0.5;         // between the places on a ray
constexpr double kMaxRadiusMm = 45.0;    // half the diagonal of the largest lumbar body is 38 mm
constexpr double kHalfEdgeMm = 0.75;     // HU are compared this far before and beyond a place
constexpr double kPerMm = 0.02;          // of distance from the usual step
constexpr double kMaxStepMm = 1.0;       // between neighbouring rays, 2 mm apart
constexpr double kSoftMm = 2.0;          // from the surface to 0 and 1
constexpr double kSeenEdge = 1.0 / 3.0;  // of a full edge
constexpr double kBeyondMm = 3.0, kNoTissueHu = -1000.0;  // no lung is so dark: the field ends there
constexpr double kMostOutside = 0.01;                     // of a surface, beyond the border: more is cut
// Of the correction from the steepest fall to the cortex's outer side:
constexpr double kMostInMm = 2.5, kMostOutMm = 0.5;
constexpr int kCorrectionPasses = 12;  // over neighbours: some 6 mm

Point along(const Point& from, const Point& direction, double mm) {
  return {from[0] + mm * direction[0], from[1] + mm * direction[1], from[2] + mm * direction[2]};
}

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Outward normals of the surface with these radii, by ray.
std::vector<Point> normals_of(const Directions& sphere, const std::vector<double>& radii_mm) {
  std::vector<Point> normals(sphere.size(), Point{});
  for (const auto& t : sphere.triangles()) {
    std::array<Point, 3> p{};
    for (unsigned k = 0; k < 3; ++k) p[k] = along({}, sphere.rays()[t[k]], radii_mm[t[k]]);
    const Point u = along(p[1], p[0], -1.0), v = along(p[2], p[0], -1.0);
    const Point n{u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
    for (const std::size_t corner : t) normals[corner] = along(normals[corner], n, 1.0);
  }
  for (Point& n : normals) {
    const double length = std::sqrt(dot(n, n));
    for (double& x : n) x /= length;
  }
  return normals;
}

double volume_cm3(const Directions& sphere, const std::vector<double>& radii_mm) {
  double sum = 0.0;  // tetrahedra with their tips in the centre
  for (const auto& [a, b, c] : sphere.triangles()) {
    const auto& r = sphere.rays();
    const Point n{r[b][1] * r[c][2] - r[b][2] * r[c][1],
                  r[b][2] * r[c][0] - r[b][0] * r[c][2],
                  r[b][0] * r[c][1] - r[b][1] * r[c][0]};
    sum += dot(r[a], n) * radii_mm[a] * radii_mm[b] * radii_mm[c] / 6.0;
  }
  return sum / 1000.0;
}

/// Centre of each instance of the cores.
std::map<std::uint16_t, Point> centres_of(const Labels& cores) {
  struct Sum {
    Point index{};
    double voxels = 0.0;
  };
  std::map<std::uint16_t, Sum> sums;
  const auto size = cores.GetLargestPossibleRegion().GetSize();
  const std::uint16_t* voxel = cores.GetBufferPointer();
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++voxel) {
        if (*voxel == 0) continue;
        Sum& sum = sums[*voxel];
        sum.index =
            along(sum.index, {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)}, 1.0);
        ++sum.voxels;
      }
  std::map<std::uint16_t, Point> centres;
  for (const auto& [instance, sum] : sums) {
    itk::ContinuousIndex<double, 3> index;
    for (unsigned a = 0; a < 3; ++a) index[a] = sum.index[a] / sum.voxels;
    Labels::PointType p;
    cores.TransformContinuousIndexToPhysicalPoint(index, p);
    centres[instance] = {p[0], p[1], p[2]};
  }
  return centres;
}

/// A body as it is being found.
struct Shape {
  VertebralSurface::Body body;
  std::vector<double> radii_mm;  ///< Of the surface, by ray.
  std::vector<double> cosines;   ///< Between ray and normal.
};

class Finder {
 public:
  Finder(const VertebralSurface::Params& params, const Volume& smooth, const Labels& cores)
      : params_(params), hu_(smooth), cores_(cores), sphere_(kSubdivisions) {
    for (double mm = -params.inward_mm; mm <= params.outward_mm + 1e-6; mm += kPlaceMm)
      steps_mm_.push_back(mm);
  }

  const Directions& sphere() const { return sphere_; }

  Shape find(std::uint16_t instance, const Point& centre_lps_mm) const {
    Shape shape;
    shape.body.instance = instance;
    shape.body.centre_lps_mm = centre_lps_mm;
    const auto starts_mm = sphere_.smoothed(core_radii(instance, centre_lps_mm), 0.5, 4);
    const auto normals = normals_of(sphere_, starts_mm);
    const auto falls = falls_of(centre_lps_mm, starts_mm, normals);
    const auto places = surface::least_surface(cost_of(falls));
    std::vector<double> steps_mm(places.size());
    std::transform(
        places.begin(), places.end(), steps_mm.begin(), [&](std::size_t p) { return steps_mm_[p]; });
    const auto smooth_mm = sphere_.smoothed(std::move(steps_mm), 0.5, 1);
    shape.radii_mm.resize(places.size());
    for (std::size_t ray = 0; ray < places.size(); ++ray)
      shape.radii_mm[ray] = std::max(0.0, starts_mm[ray] + smooth_mm[ray]);
    to_outer_side(centre_lps_mm, shape.radii_mm);
    shape.cosines = cosines_of(normals_of(sphere_, shape.radii_mm));
    std::size_t seen = 0;
    for (std::size_t ray = 0; ray < places.size(); ++ray)
      seen += falls[ray * steps_mm_.size() + places[ray]] >= kSeenEdge ? 1U : 0U;
    judge(shape, seen);
    return shape;
  }

 private:
  void judge(Shape& shape, std::size_t seen) const {
    const auto rays = static_cast<double>(sphere_.size());
    std::size_t outside = 0;
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray) {
      const Point p = along(shape.body.centre_lps_mm, sphere_.rays()[ray], shape.radii_mm[ray]);
      const Point beyond = along(p, sphere_.rays()[ray], kBeyondMm);
      outside += hu_.covers(p) && hu_.at(beyond) > kNoTissueHu ? 0U : 1U;
    }
    shape.body.edge_share = static_cast<double>(seen) / rays;
    shape.body.cut = static_cast<double>(outside) > kMostOutside * rays;
    shape.body.volume_cm3 = volume_cm3(sphere_, shape.radii_mm);
  }

  std::vector<double> cosines_of(const std::vector<Point>& normals) const {
    std::vector<double> cosines(sphere_.size());
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray)
      cosines[ray] = std::max(0.2, dot(sphere_.rays()[ray], normals[ray]));
    return cosines;
  }

  /// HU are steepest outside a cortex that is thinner than the blur. Its middle is where they are highest,
  /// and half its thickness farther out it ends; corrections are shared among neighbours that show a cortex.
  void to_outer_side(const Point& centre_lps_mm, std::vector<double>& radii_mm) const {
    const auto normals = normals_of(sphere_, radii_mm);
    const auto cosines = cosines_of(normals);
    std::vector<double> moves_mm(sphere_.size(), 0.0), weights(sphere_.size(), 0.0);
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray) {
      const Point edge = along(centre_lps_mm, sphere_.rays()[ray], radii_mm[ray]);
      const auto move_mm = surface::cortex_end(hu_, edge, normals[ray]);
      if (!move_mm) continue;
      moves_mm[ray] = std::clamp(*move_mm, -kMostInMm, kMostOutMm);
      weights[ray] = 1.0;
    }
    moves_mm = sphere_.smoothed(std::move(moves_mm), 0.5, kCorrectionPasses);
    weights = sphere_.smoothed(std::move(weights), 0.5, kCorrectionPasses);
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray)
      if (weights[ray] > 0.05)
        radii_mm[ray] = std::max(0.0, radii_mm[ray] + moves_mm[ray] / weights[ray] / cosines[ray]);
  }

  /// Where each ray leaves the core for good.
  std::vector<double> core_radii(std::uint16_t instance, const Point& centre_lps_mm) const {
    std::vector<double> radii_mm(sphere_.size(), kPlaceMm);
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray)
      for (double mm = kMaxRadiusMm; mm > 0.0; mm -= kPlaceMm)
        if (cores_.share_of(instance, along(centre_lps_mm, sphere_.rays()[ray], mm)) > 0.5) {
          radii_mm[ray] = mm;
          break;
        }
    return radii_mm;
  }

  /// Outward fall of HU at each place of each ray, in full edges, -1/3..1. None beyond the border.
  std::vector<double> falls_of(const Point& centre_lps_mm,
                               const std::vector<double>& starts_mm,
                               const std::vector<Point>& normals) const {
    std::vector<double> falls(sphere_.size() * steps_mm_.size(), 0.0);
    for (std::size_t ray = 0; ray < sphere_.size(); ++ray)
      for (std::size_t place = 0; place < steps_mm_.size(); ++place) {
        const Point p = along(centre_lps_mm, sphere_.rays()[ray], starts_mm[ray] + steps_mm_[place]);
        const Point within = along(p, normals[ray], -kHalfEdgeMm),
                    beyond = along(p, normals[ray], kHalfEdgeMm);
        if (!hu_.covers(within) || !hu_.covers(beyond)) continue;
        const double fall =
            (hu_.at(within) - hu_.at(beyond)) / (2.0 * kHalfEdgeMm * params_.full_edge_hu_per_mm);
        falls[ray * steps_mm_.size() + place] = std::clamp(fall, -kSeenEdge, 1.0);
      }
    return falls;
  }

  surface::SurfaceCost cost_of(const std::vector<double>& falls) const {
    surface::SurfaceCost cost;
    cost.places = steps_mm_.size();
    cost.edges = sphere_.edges();
    cost.per_step = params_.stiffness;
    cost.max_steps = static_cast<std::size_t>(std::lround(kMaxStepMm / kPlaceMm));
    cost.at.resize(falls.size());
    for (std::size_t n = 0; n < falls.size(); ++n)
      cost.at[n] = -falls[n] + kPerMm * std::fabs(steps_mm_[n % cost.places] - params_.usual_mm);
    return cost;
  }

  VertebralSurface::Params params_;
  Sampled<Volume> hu_;
  Sampled<Labels> cores_;
  Directions sphere_;
  std::vector<double> steps_mm_;
};

/// Voxels that a body may touch: first and one past the last index along each axis.
struct Box {
  std::array<long, 3> first{}, last{};
};

Box box_around(const Volume& scan, const Point& centre_lps_mm, double reach_mm) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  const Point at = Sampled<Volume>(scan).index_of(centre_lps_mm);
  Box box;
  for (unsigned a = 0; a < 3; ++a) {
    const double reach = reach_mm / scan.GetSpacing()[a];
    const auto limit = [&](double index) {
      return std::clamp(static_cast<long>(std::ceil(index)), 0L, static_cast<long>(size[a]));
    };
    box.first[a] = limit(at[a] - reach);
    box.last[a] = limit(at[a] + reach);
  }
  return box;
}

/// Signed distance to the surface in mm, nearly: along the ray, times its cosine with the normal.
class Distance {
 public:
  Distance(const Directions& sphere, const Shape& shape) : sphere_(sphere), shape_(shape) {}
  double operator()(const Point& p_lps_mm) const {
    const Point d = along(p_lps_mm, shape_.body.centre_lps_mm, -1.0);
    const double r = std::sqrt(dot(d, d));
    if (!(r > 1e-6)) return shape_.radii_mm[0];
    return (sphere_.at(d, shape_.radii_mm) - r) * sphere_.at(d, shape_.cosines);
  }

 private:
  const Directions& sphere_;
  const Shape& shape_;
};

/// A voxel belongs to the body it lies deepest in.
void paint(const Finder& finder, const Shape& shape, VertebralSurface::Result& out) {
  const Distance distance(finder.sphere(), shape);
  const double most = *std::max_element(shape.radii_mm.begin(), shape.radii_mm.end());
  const Volume& grid = *out.inside;
  const Box box = box_around(grid, shape.body.centre_lps_mm, most + kSoftMm);
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  tbb::parallel_for(box.first[2], box.last[2], [&](long z) {
    for (long y = box.first[1]; y < box.last[1]; ++y)
      for (long x = box.first[0]; x < box.last[0]; ++x) {
        Volume::PointType p;
        grid.TransformIndexToPhysicalPoint(Volume::IndexType{{x, y, z}}, p);
        const double mm = distance({p[0], p[1], p[2]});
        const auto inside = static_cast<float>(std::clamp(0.5 + 0.5 * mm / kSoftMm, 0.0, 1.0));
        const auto n = (static_cast<std::size_t>(z) * size[1] + static_cast<std::size_t>(y)) * size[0] +
                       static_cast<std::size_t>(x);
        if (!(inside > out.inside->GetBufferPointer()[n])) continue;
        out.inside->GetBufferPointer()[n] = inside;
        if (mm >= 0.0) out.instances->GetBufferPointer()[n] = shape.body.instance;
      }
  });
}

template <class Image>
typename Image::Pointer empty_like(const Volume& scan) {
  auto image = Image::New();
  image->CopyInformation(&scan);
  image->SetRegions(scan.GetLargestPossibleRegion());
  image->Allocate(true);
  return image;
}

}  // namespace

const ParamTable<VertebralSurface::Params>& VertebralSurface::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(
              &Params::inward_mm, "inward_mm", "mm", "How far within the core's border to look.", {0.0, 10.0})
          .add(&Params::outward_mm, "outward_mm", "mm", "How far beyond it.", {1.0, 15.0})
          .add(&Params::usual_mm,
               "usual_mm",
               "mm",
               "How far beyond it the surface is where nothing is seen.",
               {-5.0, 10.0})
          .add(&Params::stiffness,
               "stiffness",
               "1",
               "Price of each half millimetre by which neighbouring rays differ, in full edges.",
               {0.0, 1.0})
          .add(&Params::full_edge_hu_per_mm,
               "full_edge_hu_per_mm",
               "[hnsf'U]/mm",
               "Fall of HU beyond which an edge is no better.",
               {5.0, 500.0})
          .add(&Params::smoothing_mm,
               "smoothing_mm",
               "mm",
               "Standard deviation of the Gaussian before edges are sought.",
               {0.0, 3.0});
  return table;
}

VertebralSurface::VertebralSurface(const Params& params) : params_(params) {
  Params::table().validate(params);
}

VertebralSurface::Result VertebralSurface::operator()(const Volume& scan,
                                                      const Labels& cores,
                                                      Context& context) const {
  const auto centres = centres_of(cores);
  for (const auto& [instance, centre] : centres)
    require(Sampled<Volume>(scan).covers(centre),
            Errc::kInput,
            fmt::format("core {} lies at ({:.0f}, {:.0f}, {:.0f}) mm, outside the scan",
                        instance,
                        centre[0],
                        centre[1],
                        centre[2]));
  const auto smooth = gaussian(scan, params_.smoothing_mm);
  const Finder finder(params_, *smooth, cores);
  const std::vector<std::pair<std::uint16_t, Point>> all(centres.begin(), centres.end());
  std::vector<Shape> shapes(all.size());
  tbb::parallel_for(std::size_t{0}, all.size(), [&](std::size_t n) {
    context.throw_if_cancelled();
    shapes[n] = finder.find(all[n].first, all[n].second);
  });
  Result result;
  result.instances = empty_like<Labels>(scan);
  result.inside = empty_like<Volume>(scan);
  for (const Shape& shape : shapes) {
    paint(finder, shape, result);
    result.bodies.push_back(shape.body);
  }
  return result;
}

}  // namespace ledd
