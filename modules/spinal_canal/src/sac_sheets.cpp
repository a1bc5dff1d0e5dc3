#include "sac_sheets.h"

#include <algorithm>
#include <limits>

namespace ledd::canal {
namespace {

constexpr double kShortMm = 22.0;  // beside the path a shorter piece is as likely a root in its foramen
constexpr double kBesideMm = 3.0;
constexpr double kFarBehindMm = 18.5;  // fat and marrow of the arches begin here

bool there(const std::vector<Sheet>& x, long slice) {
  return slice >= 0 && slice < static_cast<long>(x.size());
}

/// The sheet `off` slices beside the path; slices that are not there repeat the outermost one.
Sheet beside(const std::vector<Sheet>& x, const Path& path, long off) {
  Sheet sheet(path.t.size(), kColumns);
  for (std::size_t s = 0; s < sheet.rows; ++s) {
    const long k = std::clamp(path.slice[s] + off, 0L, static_cast<long>(x.size()) - 1);
    for (std::size_t t = 0; t < kColumns; ++t) sheet(s, t) = x[static_cast<std::size_t>(k)](s, t);
  }
  return sheet;
}

void drop_short_runs(Edges& edges) {
  const std::size_t n = edges.front.size();
  for (std::size_t s = 0; s < n;) {
    std::size_t end = s;
    while (end < n && edges.front[end] >= 0) ++end;
    if (static_cast<double>(end - s) * kStepMm < kShortMm)
      for (std::size_t i = s; i < end; ++i) edges.front[i] = -1;
    s = end + 1;
  }
}

void store(const Sheet& sheet, const Path& path, long off, const Edges& edges, SacSurface& out) {
  for (std::size_t s = 0; s < sheet.rows; ++s) {
    if (edges.front[s] < 0) continue;
    const auto k = static_cast<std::size_t>(path.slice[s] + off);
    out.front_mm[k][s] = refined_mm(sheet, s, edges.front[s], true);
    out.back_mm[k][s] = dura_mm(sheet, edges, s);
  }
}

double mean_between(const Sheet& sheet, std::size_t s, double from_mm, double to_mm) {
  double sum = 0.0;
  int n = 0;
  for (std::size_t t = 0; t < kColumns; ++t)
    if (t_mm(t) >= from_mm && t_mm(t) <= to_mm) {
      sum += sheet(s, t);
      ++n;
    }
  return n > 0 ? sum / n : 0.0;
}

void judge_contrast(const Sheet& sheet, const Edges& edges, SacSurface& out) {
  for (std::size_t s = 0; s < sheet.rows; ++s) {
    const double front = t_mm(static_cast<std::size_t>(edges.front[s]));
    const double back = kFrontEndMm + kStepMm * edges.dura[s];
    const double wall =
        t_mm(static_cast<std::size_t>(edges.back[s]));  // fat before it is not told from fluid
    const double inside = mean_between(sheet, s, front + 1.0, back - 1.0);
    const double before = mean_between(sheet, s, front - kBesideMm, front - 1.0);
    const double behind = mean_between(sheet, s, wall + 1.0, wall + kBesideMm);
    out.inside.push_back(inside);
    out.contrast.push_back(inside - 0.5 * (before + behind));
  }
}

/// Half of sac, half of what is bright beside it: fat on T2.
std::vector<double> half_filled(const Sheet& sheet, const std::vector<double>& inside) {
  std::vector<double> behind;
  for (std::size_t s = 0; s < sheet.rows; ++s)
    for (std::size_t t = column_of(kFarBehindMm); t < kColumns; ++t) behind.push_back(sheet(s, t));
  const double bright = percentile(std::move(behind), 90.0);
  auto level = gaussian(inside, 5.0 / kStepMm);
  for (double& x : level) x = std::clamp(0.5 * (x + bright), 0.5 * x, 0.85 * x);
  return level;
}

}  // namespace

SacSurface find_surface(const std::vector<Sheet>& bright,
                        const Path& path,
                        double slice_mm,
                        const DepthRange& depth,
                        double half_width_mm) {
  const BrightnessLevels levels = levels_of(bright, path);
  std::vector<Sheet> x = bright;
  for (Sheet& sheet : x)
    for (std::size_t s = 0; s < sheet.rows; ++s)
      for (std::size_t t = 0; t < kColumns; ++t)
        sheet(s, t) = (sheet(s, t) - levels.dark[s]) / std::max(1e-3, levels.fluid[s] - levels.dark[s]);
  const std::vector<double> none(path.t.size(), std::numeric_limits<double>::quiet_NaN());
  SacSurface out;
  out.front_mm.assign(x.size(), none);
  out.back_mm.assign(x.size(), none);
  const Sheet middle = beside(x, path, 0);
  const Edges centre = find_edges(middle, depth, nullptr);
  store(middle, path, 0, centre, out);
  judge_contrast(middle, centre, out);
  const auto level = half_filled(middle, out.inside);
  const long reach = static_cast<long>(half_width_mm / slice_mm);
  for (const long side : {-1L, 1L}) {
    Edges inner = centre;
    for (long m = 1; m <= reach; ++m) {
      const Sheet sheet = beside(x, path, side * m);
      const Beside next{&inner, &level};
      Edges edges = find_edges(sheet, depth, &next);
      for (std::size_t s = 0; s < sheet.rows; ++s)
        if (!there(x, path.slice[s] + side * m)) edges.front[s] = -1;
      drop_short_runs(edges);
      store(sheet, path, side * m, edges, out);
      inner = std::move(edges);
    }
  }
  return out;
}

}  // namespace ledd::canal
