#include "straight.h"

#include <algorithm>
#include <limits>

namespace ledd::canal {
namespace {

constexpr double kBeforeMm = 12.0;  // pixels so far before the curve and behind it get a foot
constexpr double kBehindMm = 40.0;

}  // namespace

Track track_of(const Curve& curve, const Stack& stack) {
  Track track;
  for (const auto& station : curve.stations) {
    const Point at = stack.in_stack(station.at_lps_mm);
    Track::Station s;
    s.u_mm = at[0];
    s.v_mm = at[1];
    s.middle = at[2] / stack.spacing_mm[2];
    const double du = dot(station.down, stack.direction[0]), dv = dot(station.down, stack.direction[1]);
    const double length = std::hypot(du, dv);
    s.du = du / length;
    s.dv = dv / length;
    s.pu = -s.dv;
    s.pv = s.du;
    const double back =
        s.pu * dot(station.posterior, stack.direction[0]) + s.pv * dot(station.posterior, stack.direction[1]);
    if (back < 0.0) {
      s.pu = -s.pu;
      s.pv = -s.pv;
    }
    track.stations.push_back(s);
  }
  return track;
}

std::vector<Sheet> straighten(const float* values, const Stack& stack, const Track& track) {
  const double u_last = static_cast<double>(stack.size[0] - 1) * stack.spacing_mm[0];
  const double v_last = static_cast<double>(stack.size[1] - 1) * stack.spacing_mm[1];
  std::vector<Sheet> sheets;
  for (long k = 0; k < stack.size[2]; ++k) {
    Sheet sheet(track.stations.size(), kColumns);
    for (std::size_t s = 0; s < sheet.rows; ++s) {
      const auto& at = track.stations[s];
      for (std::size_t t = 0; t < kColumns; ++t) {
        const double u = std::clamp(at.u_mm + t_mm(t) * at.pu, 0.0, u_last);
        const double v = std::clamp(at.v_mm + t_mm(t) * at.pv, 0.0, v_last);
        sheet(s, t) = stack.sample(values, u, v, k);
      }
    }
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

Feet feet_of(const Stack& stack, const Track& track) {
  const auto nu = static_cast<std::size_t>(stack.size[0]), nv = static_cast<std::size_t>(stack.size[1]);
  Feet feet{std::vector<int>(nu * nv, -1), std::vector<float>(nu * nv, 0.0F)};
  for (std::size_t j = 0; j < nv; ++j)
    for (std::size_t i = 0; i < nu; ++i) {
      double best = kStepMm;  // the foot's plane passes within one step, or the pixel lies beyond an end
      for (std::size_t s = 0; s < track.stations.size(); ++s) {
        const auto& at = track.stations[s];
        const double x = static_cast<double>(i) * stack.spacing_mm[0] - at.u_mm;
        const double y = static_cast<double>(j) * stack.spacing_mm[1] - at.v_mm;
        const double along = std::fabs(x * at.du + y * at.dv), across = x * at.pu + y * at.pv;
        if (!(along < best) || across < -kBeforeMm || across > kBehindMm) continue;
        best = along;
        feet.row[j * nu + i] = static_cast<int>(s);
        feet.t[j * nu + i] = static_cast<float>(across);
      }
    }
  return feet;
}

}  // namespace ledd::canal
