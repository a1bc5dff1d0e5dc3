#include "scene.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/lumbar_phantom/truth.h"

namespace ledd::phantom {
namespace {

constexpr std::size_t kCells = 64;

}  // namespace

Texture::Texture(std::uint64_t key) : cells_(kCells * kCells * kCells) {
  for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i] = static_cast<float>(uniform(key, i));
}

double Texture::at(double x, double y, double z) const {
  const double fx = std::floor(x), fy = std::floor(y), fz = std::floor(z);
  const auto eased = [](double t) { return t * t * (3.0 - 2.0 * t); };  // round shapes instead of lozenges
  const double a = eased(x - fx), b = eased(y - fy), c = eased(z - fz);
  const auto cell = [](double f, long step) {
    return static_cast<std::size_t>(static_cast<long>(f) + step) & (kCells - 1);
  };
  const std::size_t x0 = cell(fx, 0), x1 = cell(fx, 1);
  const std::size_t y0 = cell(fy, 0) * kCells, y1 = cell(fy, 1) * kCells;
  const std::size_t z0 = cell(fz, 0) * kCells * kCells, z1 = cell(fz, 1) * kCells * kCells;
  const float* cells = cells_.data();
  const auto row = [&](std::size_t yz) {
    return (1 - a) * static_cast<double>(cells[yz + x0]) + a * static_cast<double>(cells[yz + x1]);
  };
  return (1 - c) * ((1 - b) * row(y0 + z0) + b * row(y1 + z0)) +
         c * ((1 - b) * row(y0 + z1) + b * row(y1 + z1));
}

Sample Scene::at(const Vec& p) const {
  if (const auto wall = torso_wall(p)) return *wall;
  const auto at = map_.at(p.y, p.z);
  Spinal q{p.x - map_.lateral_mm(at.down_mm), at.down_mm, at.behind_mm, map_.body_above(at.down_mm)};
  if (q.behind < 6.0 && q.behind > -48.0 && std::fabs(q.x) < 40.0) {
    if (const auto s = column(p, q)) return *s;
  }
  const bool near = q.behind > -4.0 && std::fabs(q.x) < 28.0;
  if (near) {
    if (const auto s = canal(q)) return *s;
  }
  if (q.behind < -100.0) return abdomen(p, q);
  // Nothing beyond the column and the canal is straight in a person, and no truth is told of it.
  q.down += 5.0 * (texture_.at(p.x * 0.05, p.y * 0.09 + 40.0, p.z * 0.09) - 0.5);
  q.behind += 5.0 * (texture_.at(p.x * 0.05 + 20.0, p.y * 0.08, p.z * 0.08) - 0.5);
  if (near && q.behind < 60.0) {
    if (const auto s = posterior_bone(q, p)) return *s;
    if (q.behind < 24.0 && std::fabs(q.x) < 22.0) return around_canal(q);
  }
  if (muscles_.drawn) {
    if (const auto s = compartment(q)) return *s;
  }
  if (q.behind > 0.0) return muscle(q);
  if (const auto s = beside_spine(q)) return *s;
  return abdomen(p, q);
}

std::uint16_t Scene::label_at(const Vec& p) const {
  if (muscles_.drawn) return at(p).label;
  const auto at_spine = map_.at(p.y, p.z);
  const bool near = at_spine.behind_mm > -48.0 && at_spine.behind_mm < 26.0 &&
                    std::fabs(p.x - map_.lateral_mm(at_spine.down_mm)) < 40.0;
  return near ? at(p).label : std::uint16_t{0};
}

std::optional<Sample> Scene::column(const Vec& p, const Spinal& q) const {
  const std::size_t last = std::min(q.above + 1, spine_.bodies.size() - 1);
  double nearest = 1e9;
  for (std::size_t k = q.above; k <= last; ++k) {
    const Body& body = spine_.bodies[k];
    const Local local = body.local(p);
    const double distance = body.distance_mm(local);
    if (distance <= 0.0) return inside_body(k, local, distance, p);
    nearest = std::min(nearest, distance);
  }
  if (last > q.above) {
    if (const auto s = disc(p, q.above)) return s;
  }
  // The longitudinal ligaments and the periosteum.
  if (nearest < 0.5) return Sample{Tissue::kLigament, Tissue::kLigament, 0.0F, 0};
  return std::nullopt;
}

Sample Scene::inside_body(std::size_t index, const Local& q, double distance, const Vec& p) const {
  const Body& body = spine_.bodies[index];
  // No cortex where the marrow runs on into a pedicle.
  const double h = body.hm_mm / 27.5;
  const bool pedicle = index < spine_.t8 + kFromT8ToS1 && q.v < -0.3 * body.ap_mm &&
                       std::fabs(std::fabs(q.u) - pedicle_mm(spine_, index)) < 3.2 &&
                       std::fabs(q.w - 5.0 * h) < 5.6 * h;
  if (distance > -kCortexMm && !pedicle) return {Tissue::kCortex, Tissue::kCortex, 0.0F, body.id};
  // The basivertebral vein: a flat wedge that opens backwards.
  const double depth = -2.0 * q.v / body.ap_mm;
  if (body.id != 0 && depth > 0.35 && std::fabs(q.w) < 1.8 * (depth - 0.35) / 0.65 && std::fabs(q.u) < 4.0) {
    return {Tissue::kMarrow, Tissue::kVein, 0.45F, body.id};
  }
  const double patchy = texture_.at(p.x * 0.22 + 7.3, p.y * 0.3 + 1.1, p.z * 0.3 + 3.7);
  const double broad = texture_.at(p.x * 0.06, p.y * 0.08 + 11.0, p.z * 0.08);
  return {Tissue::kMarrow, Tissue::kFat, static_cast<float>(0.10 * patchy + 0.20 * broad), body.id};
}

std::optional<Sample> Scene::disc(const Vec& p, std::size_t above) const {
  const Body& upper = spine_.bodies[above];
  const Body& lower = spine_.bodies[above + 1];
  const Local a = upper.local(p);
  const Local b = lower.local(p);
  const double from_upper = -upper.half_height_mm(a.u, a.v) - a.w;
  const double from_lower = b.w - lower.half_height_mm(b.u, b.v);
  if (from_upper < 0.0 || from_lower < 0.0) return std::nullopt;
  const double height = from_upper + from_lower;
  const double level = 2.0 * from_upper / height - 1.0;  // -1 at the upper endplate, 1 at the lower
  const double share = 0.5 * (1.0 + level);
  const double r = (1.0 - share) * upper.section(a.u, a.v, -1.0) + share * lower.section(b.u, b.v, 1.0);
  const double bulge = (above == spine_.collapsed_disc ? 0.10 : 0.035) * (1.0 - level * level);
  if (r > 1.0 + bulge) return std::nullopt;
  const auto label =
      static_cast<std::uint16_t>(upper.id == 0 || lower.id == 0 ? 0 : anatomy::kDiscOffset + upper.id);
  if (std::min(from_upper, from_lower) < 0.6 || r > 0.95 + bulge) {  // bony endplate and outer annulus
    return Sample{Tissue::kLigament, Tissue::kAnnulus, 0.3F, label};
  }
  if (above == spine_.collapsed_disc || label == 0)
    return Sample{Tissue::kAnnulus, Tissue::kLigament, 0.3F, label};
  const std::size_t l1 = spine_.t8 + kFromT8ToL1;
  // The nucleus: a lens a little behind the middle, with the dark cleft of an adult disc.
  const double v_share = ((1.0 - share) * a.v + share * b.v + 1.0) / (0.5 * upper.ap_mm);
  const double u_share = a.u / (0.5 * upper.lr_mm);
  const double rho = std::sqrt(u_share * u_share + v_share * v_share) / 0.70;
  const double lens = rho * rho + std::pow(std::fabs(level) / 0.92, 3.0);
  const double cleft =
      0.35 * (1.0 - smooth_step(0.0, 0.28, std::fabs(level))) * (1.0 - smooth_step(0.6, 0.95, rho));
  const double hydration = 0.92 - 0.04 * static_cast<double>(above > l1 ? above - l1 : 0);
  const double nucleus = hydration * (1.0 - smooth_step(0.55, 1.15, lens)) * (1.0 - cleft);
  return Sample{Tissue::kAnnulus, Tissue::kNucleus, static_cast<float>(nucleus), label};
}

SacSection Scene::sac(double down_mm) const {
  const double at = std::clamp(2.0 * down_mm, 0.0, static_cast<double>(sac_.size()) - 1.001);
  const auto i = static_cast<std::size_t>(at);
  const double t = at - static_cast<double>(i);
  const SacSection &a = sac_[i], &b = sac_[i + 1];
  return {a.front_mm + t * (b.front_mm - a.front_mm),
          a.half_depth_mm + t * (b.half_depth_mm - a.half_depth_mm),
          a.half_width_mm + t * (b.half_width_mm - a.half_width_mm)};
}

SacSection Scene::sac_at(double down_mm) const {
  struct Row {
    double front, depth, width;
  };
  // T8..S4, at mid-body. Depths are about those of a wide normal sac; the sac ends at S2.
  constexpr std::array<Row, 14> kRows{{{1.5, 13.0, 16.0},
                                       {1.5, 13.2, 16.0},
                                       {1.5, 13.6, 16.5},
                                       {1.5, 14.2, 17.0},
                                       {1.5, 15.2, 17.5},
                                       {1.5, 16.0, 18.0},
                                       {1.5, 15.4, 18.0},
                                       {1.6, 14.6, 18.0},
                                       {2.0, 13.8, 18.0},
                                       {3.0, 13.0, 17.0},
                                       {4.5, 10.0, 14.0},
                                       {4.0, 5.0, 8.0},
                                       {3.5, 0.0, 0.0},
                                       {3.5, 0.0, 0.0}}};
  const std::size_t above = map_.body_above(down_mm);
  const std::size_t k = std::min(above < spine_.t8 ? 0 : above - spine_.t8, kRows.size() - 2);
  const double low = level_mm(k);
  const double t = std::clamp((down_mm - low) / (level_mm(k + 1) - low), 0.0, 1.0);
  const auto mix = [&](double Row::*m) { return (1 - t) * kRows[k].*m + t * kRows[k + 1].*m; };
  return {mix(&Row::front), 0.5 * mix(&Row::depth), 0.5 * mix(&Row::width)};
}

std::optional<Sample> Scene::canal(const Spinal& q) const {
  const SacSection s = sac(q.down);
  if (!(s.half_depth_mm > 0.4)) return std::nullopt;
  const double centre = s.front_mm + s.half_depth_mm;
  const double a = q.x / s.half_width_mm;
  const double b = (q.behind - centre) / s.half_depth_mm;
  const double r2 = a * a + b * b;
  if (r2 > 1.0) {
    constexpr double kDuraMm = 0.45;
    const double c = q.x / (s.half_width_mm + kDuraMm), d = (q.behind - centre) / (s.half_depth_mm + kDuraMm);
    if (muscles_.drawn && c * c + d * d < 1.0) return Sample{Tissue::kLigament, Tissue::kLigament, 0.0F, 0};
    return std::nullopt;
  }
  const double conus = level_mm(kFromT8ToL1) + 10.0;  // lower third of L1
  const double left = conus - q.down;
  if (left > 0.0) {
    const double full = smooth_step(0.0, 38.0, left);
    const double half_depth = 0.6 + 3.2 * full;
    const double half_width = 0.6 + 4.2 * full;
    const double back = (q.behind - centre - 0.5) / half_depth;
    if ((q.x / half_width) * (q.x / half_width) + back * back < 1.0) {
      return Sample{Tissue::kNerve, Tissue::kFluid, 0.0F, anatomy::kCanal};
    }
  }
  // Roots lie behind in a supine person, fewer the further down; strands run along the sac.
  const double density =
      0.85 * (1.0 - smooth_step(0.0, 190.0, q.down - conus)) * smooth_step(-60.0, 10.0, -left);
  const double strand = texture_.at(q.x * 0.55, q.behind * 0.8, q.down * 0.03 + 5.0);
  const double roots = density * smooth_step(-0.35, 0.45, b) * smooth_step(0.3, 0.65, strand);
  return Sample{Tissue::kFluid, Tissue::kNerve, static_cast<float>(roots), anatomy::kCanal};
}

}  // namespace ledd::phantom
