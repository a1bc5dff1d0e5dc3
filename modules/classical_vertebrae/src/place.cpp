#include "place.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace ledd::classical {
namespace {

constexpr double kSoftMm = 0.4;  // the distance over which the probability falls from 0.5 to 0.27

template <class Image>
typename Image::Pointer empty_like(const Volume& volume) {
  auto image = Image::New();
  image->CopyInformation(&volume);
  image->SetRegions(volume.GetLargestPossibleRegion());
  image->Allocate(true);
  return image;
}

/// Probability that a place in the plane of a ring is inside.
double inside(const Outline& o, const Radii& ring, double x_mm, double y_mm, const Rims& rims) {
  const double t = o.tilt_deg * CV_PI / 180.0, dx = x_mm - o.x_mm, dy = y_mm - o.y_mm;
  const double u = dx * std::cos(t) + dy * std::sin(t), v = dy * std::cos(t) - dx * std::sin(t);
  const double angle = std::atan2(v, u), along = std::cos(angle);
  const double rim_mm = along * along * rims.wall_mm + (1.0 - along * along) * rims.endplate_mm;
  const double beyond = std::hypot(u, v) - radius_at(ring, angle) - rim_mm;
  return 1.0 / (1.0 + std::exp(beyond / kSoftMm));
}

/// Pixels of a row or column that lie within `reach_mm` of a place.
std::pair<long, long> span(double centre_mm, double reach_mm, double spacing_mm, std::size_t count) {
  return {std::max(0L, static_cast<long>(std::floor((centre_mm - reach_mm) / spacing_mm))),
          std::min(static_cast<long>(count) - 1,
                   static_cast<long>(std::ceil((centre_mm + reach_mm) / spacing_mm)))};
}

void paint(
    const Outline& o, std::size_t k, const Rims& rims, std::uint16_t id, ClassicalVertebrae::Result& result) {
  const Radii& ring = o.rings.at(k);
  const auto size = result.instances->GetLargestPossibleRegion().GetSize();
  const auto spacing = result.instances->GetSpacing();
  const double reach_mm =
      *std::max_element(ring.begin(), ring.end()) + std::max(rims.wall_mm, rims.endplate_mm) + 3.0;
  const auto [left, right] = span(o.x_mm, reach_mm, spacing[0], size[0]);
  const auto [top, bottom] = span(o.y_mm, reach_mm, spacing[1], size[1]);
  for (long j = top; j <= bottom; ++j)
    for (long i = left; i <= right; ++i) {
      const auto p = static_cast<float>(
          inside(o, ring, static_cast<double>(i) * spacing[0], static_cast<double>(j) * spacing[1], rims));
      const std::size_t n =
          (k * size[1] + static_cast<std::size_t>(j)) * size[0] + static_cast<std::size_t>(i);
      float& known = result.body_probability->GetBufferPointer()[n];
      if (p <= known) continue;
      known = p;
      if (p > 0.5F) result.instances->GetBufferPointer()[n] = id;
    }
}

ClassicalVertebrae::Body body_of(const Outline& o,
                                 const Volume& turned,
                                 const Labels& labels,
                                 std::uint16_t id) {
  ClassicalVertebrae::Body body;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const auto spacing = labels.GetSpacing();
  itk::ContinuousIndex<double, 3> index;
  index[0] = o.x_mm / spacing[0], index[1] = o.y_mm / spacing[1], index[2] = o.z_mm / spacing[2];
  Volume::PointType point;
  turned.TransformContinuousIndexToPhysicalPoint(index, point);
  for (unsigned a = 0; a < 3; ++a) body.centre_lps_mm[a] = point[a];
  std::size_t voxels = 0;
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n) {
    if (labels.GetBufferPointer()[n] != id) continue;
    ++voxels;
    const std::size_t i = n % size[0], j = n / size[0] % size[1];
    if (i == 0 || j == 0 || i + 1 == size[0] || j + 1 == size[1]) body.cut = true;
  }
  body.volume_cm3 = static_cast<double>(voxels) * spacing[0] * spacing[1] * spacing[2] / 1000.0;
  // The side of a body may round off within the last slice; where that slice still shows most of it, it goes
  // on.
  constexpr double kMostOfDepth = 0.7;
  for (const std::size_t end : {std::size_t{0}, size[2] - 1}) {
    const auto ring = o.rings.find(end);
    if (ring != o.rings.end() && radius_at(ring->second, CV_PI) > kMostOfDepth * radius_at(o.middle, CV_PI))
      body.cut = true;
  }
  return body;
}

}  // namespace

void place(const Volume& turned,
           const std::vector<Outline>& bodies,
           const Rims& rims,
           ClassicalVertebrae::Result& result) {
  result.instances = empty_like<Labels>(turned);
  result.body_probability = empty_like<Volume>(turned);
  tbb::parallel_for(std::size_t{0}, turned.GetLargestPossibleRegion().GetSize()[2], [&](std::size_t k) {
    for (std::size_t n = 0; n < bodies.size(); ++n)
      if (bodies[n].rings.contains(k)) paint(bodies[n], k, rims, static_cast<std::uint16_t>(n + 1), result);
  });
  for (std::size_t n = 0; n < bodies.size(); ++n)
    result.bodies.push_back(body_of(bodies[n], turned, *result.instances, static_cast<std::uint16_t>(n + 1)));
}

}  // namespace ledd::classical
