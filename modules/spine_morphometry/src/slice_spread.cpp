#include "slice_spread.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace ledd::spine {
namespace {

double sd(const std::vector<double>& values) {
  if (values.size() < 2) return 0.0;
  double mean = 0.0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  double squares = 0.0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// How one slice's boundary departs from the fit of all, as a straight line; nothing if it is hardly in the
/// slab.
class SliceDeparture {
 public:
  SliceDeparture(const std::vector<LocalPoint>& points,
                 const Outline& all,
                 double half_slab_mm,
                 double floor_mm)
      : points_(points), all_(all), half_slab_mm_(half_slab_mm), floor_mm_(floor_mm) {}

  std::optional<Terms> contour(int slice, double sign) const {
    const Contour& contour = sign > 0 ? all_.superior : all_.inferior;
    return line(slice, [&](const LocalPoint& p) -> std::optional<std::array<double, 2>> {
      if (!on_endplate(p, all_.half, contour.range, sign)) return std::nullopt;
      const double x = contour.range.x(p.u_mm);
      return std::array<double, 2>{x, p.z_mm - dot(contour.fit.beta, contour_terms(x, 0.0))};
    });
  }

  std::optional<Terms> wall(int slice, double sign) const {
    const Fit& fit = sign > 0 ? all_.back : all_.front;
    return line(slice, [&](const LocalPoint& p) -> std::optional<std::array<double, 2>> {
      if (!on_wall(p, all_.half, sign)) return std::nullopt;
      const double y = p.z_mm / all_.half.height;
      return std::array<double, 2>{y, p.u_mm - dot(fit.beta, wall_terms(y, 0.0))};
    });
  }

 private:
  template <class Read>
  std::optional<Terms> line(int slice, const Read& read) const {
    std::vector<Sample> samples;
    double low = 1.0;
    double high = -1.0;
    for (const LocalPoint& p : points_) {
      if (p.slice != slice || p.across || std::abs(p.w_mm) > half_slab_mm_) continue;
      const auto found = read(p);
      if (!found) continue;
      samples.push_back({{1.0, (*found)[0]}, (*found)[1], p.terrace});
      low = std::min(low, (*found)[0]);
      high = std::max(high, (*found)[0]);
    }
    if (high - low < 1.0) return std::nullopt;  // less than half of the contour
    const Fit fit = huber_fit(samples, {0.0, 1.0}, floor_mm_);
    return fit.ok ? std::optional(fit.beta) : std::nullopt;
  }

  const std::vector<LocalPoint>& points_;
  const Outline& all_;
  double half_slab_mm_, floor_mm_;
};

}  // namespace

std::set<int> central_slices(const std::vector<LocalPoint>& points, const Half& half, double half_slab_mm) {
  std::set<int> slices;
  for (const LocalPoint& p : points)
    if (!p.across && std::abs(p.w_mm) <= half_slab_mm && std::abs(p.u_mm) <= 0.3 * half.depth)
      slices.insert(p.slice);
  return slices;
}

void set_slice_sds(const std::vector<LocalPoint>& points,
                   const Outline& outline,
                   double half_slab_mm,
                   double floor_mm,
                   SpineResult::Body& body) {
  const SliceDeparture departure(points, outline, half_slab_mm, floor_mm);
  std::array<std::vector<double>, 4> values;
  for (const int slice : central_slices(points, outline.half, half_slab_mm)) {
    const auto top = departure.contour(slice, 1.0);
    const auto bottom = departure.contour(slice, -1.0);
    if (top && bottom)
      for (std::size_t i = 0; i < 3; ++i) {
        const double x = static_cast<double>(i) - 1.0;  // anterior, middle, posterior
        values[i].push_back((*top)[0] - (*bottom)[0] + x * ((*top)[1] - (*bottom)[1]));
      }
    const auto front = departure.wall(slice, -1.0);
    const auto back = departure.wall(slice, 1.0);
    if (front && back) values[3].push_back((*back)[0] - (*front)[0]);
  }
  body.ha.slice_sd_mm = sd(values[0]);
  body.hm.slice_sd_mm = sd(values[1]);
  body.hp.slice_sd_mm = sd(values[2]);
  body.depth.slice_sd_mm = sd(values[3]);
}

}  // namespace ledd::spine
