#include "ledd/xct_phantom/xct_phantom.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace ledd::phantom {
namespace {

constexpr int kFine = 3;  ///< Points a voxel and axis.

struct Point2 {
  double x, y;
};

/// What lies at a point; coordinates from the middle of the image.
class Anatomy {
 public:
  explicit Anatomy(const XctPhantom& p) : p_(p) {
    const double ring = p.radius_mm - 0.5 * p.cortex_mm;
    const double straight = p.straight_mm;
    const double length = 2.0 * straight + 2.0 * std::numbers::pi * ring;
    for (int n = 0; n < p.pores; ++n)
      pores_.push_back(on_ring(ring, length * (static_cast<double>(n) + 0.5) / static_cast<double>(p.pores)));
  }

  double from_outline_mm(double x, double y, double z) const {
    const double along = std::clamp(x, -0.5 * p_.straight_mm, 0.5 * p_.straight_mm);
    return std::hypot(x - along, y) - (p_.radius_mm + p_.taper * z);
  }
  bool in_lattice(double x, double y, double z) const {
    if (p_.warp_mm > 0.0) {
      const double a = x, b = y, d = z;  // wavelengths without a common measure
      x += p_.warp_mm * std::sin(1.3 * d + 0.7 * b + 0.4);
      y += p_.warp_mm * std::sin(1.7 * d - 0.9 * a);
      z += p_.warp_mm * (std::sin(0.8 * a + 1.1 * b) + std::sin(1.05 * d + 0.3 * a + 1.0));
    }
    const double c = std::cos(p_.tilt_rad);
    const double s = std::sin(p_.tilt_rad);
    const double u = c * x - s * z;
    const double w0 = s * x + c * z;
    const double v = c * y - s * w0;
    const double w = s * y + c * w0;
    const double half = 0.5 * p_.trabecula_mm;
    const auto off = [&](double t) { return std::abs(t - p_.period_mm * std::round(t / p_.period_mm)); };
    if (p_.lattice == XctPhantom::Lattice::kPlates) return off(u) <= half;
    if (p_.lattice == XctPhantom::Lattice::kNone) return false;
    return std::min({std::hypot(off(u), off(v)), std::hypot(off(v), off(w)), std::hypot(off(w), off(u))}) <=
           half;
  }
  bool in_pore(double x, double y) const {
    return std::any_of(pores_.begin(), pores_.end(), [&](const Point2& c) {
      return std::hypot(x - c.x, y - c.y) <= 0.5 * p_.pore_mm;
    });
  }
  bool in_vessel(double y, double z) const { return p_.marrow_opens && y > 0.0 && std::abs(z) < 0.15; }

 private:
  /// A place at distance `s` along the stadium of this radius.
  Point2 on_ring(double ring, double s) const {
    const double half = 0.5 * p_.straight_mm;
    const double arc = std::numbers::pi * ring;
    if (s < p_.straight_mm) return {s - half, -ring};
    s -= p_.straight_mm;
    if (s < arc) return {half + ring * std::sin(s / ring), -ring * std::cos(s / ring)};
    s -= arc;
    if (s < p_.straight_mm) return {half - s, ring};
    s -= p_.straight_mm;
    return {-half - ring * std::sin(s / ring), ring * std::cos(s / ring)};
  }

  const XctPhantom& p_;
  std::vector<Point2> pores_;
};

struct Voxel {
  double density = 0.0;
  int bone = 0, inside = 0, within = 0, lattice = 0;  ///< Points in bone, in the outer and the inner outline.
};

/// From a place in the image to the place in the bone.
class Move {
 public:
  explicit Move(const XctPhantom& p)
      : shift_{p.shift_x_mm, p.shift_y_mm, p.shift_z_mm},
        turn_deg_{p.turn_x_deg, p.turn_y_deg, p.turn_z_deg} {
    none_ = shift_ == std::array<double, 3>{} && turn_deg_ == std::array<double, 3>{};
  }
  std::array<double, 3> back(double x, double y, double z) const {
    if (none_) return {x, y, z};
    std::array<double, 3> at{x - shift_[0], y - shift_[1], z - shift_[2]};
    for (unsigned axis = 0; axis < 3; ++axis) {  // the last turn first
      const double angle = -turn_deg_[axis] * std::numbers::pi / 180.0;
      const unsigned j = (axis + 1) % 3, k = (axis + 2) % 3;
      const double u = at[j], v = at[k];
      at[j] = std::cos(angle) * u - std::sin(angle) * v;
      at[k] = std::sin(angle) * u + std::cos(angle) * v;
    }
    return at;
  }

 private:
  std::array<double, 3> shift_, turn_deg_;
  bool none_ = true;
};

class Painter {
 public:
  explicit Painter(const XctPhantom& p) : p_(p), anatomy_(p), move_(p) {}

  void add(Voxel& voxel, double x_image, double y_image, double z_image) const {
    const auto [x, y, z] = move_.back(x_image, y_image, z_image);
    const double d = anatomy_.from_outline_mm(x, y, z);
    if (d > 0.0) {
      voxel.density += p_.muscle_mg_per_cm3;
      return;
    }
    ++voxel.inside;
    if (d > -p_.cortex_mm) {
      const bool bone = !anatomy_.in_pore(x, y) && !(std::abs(x) < 0.15 && anatomy_.in_vessel(y, z));
      voxel.bone += bone ? 1 : 0;
      voxel.density += bone ? p_.cortex_mg_per_cm3 : p_.marrow_mg_per_cm3;
      return;
    }
    ++voxel.within;
    const bool bone = anatomy_.in_lattice(x, y, z);
    voxel.bone += bone ? 1 : 0;
    voxel.lattice += bone ? 1 : 0;
    voxel.density += bone ? p_.trabecula_mg_per_cm3 : p_.marrow_mg_per_cm3;
  }

 private:
  const XctPhantom& p_;
  Anatomy anatomy_;
  Move move_;
};

template <class Image>
typename Image::Pointer blank(const XctPhantom& p) {
  const auto across = [&](double mm) {
    return static_cast<std::size_t>(std::ceil((mm + 2.0 * p.margin_mm) / p.voxel_mm));
  };
  auto image = Image::New();
  image->SetRegions(typename Image::SizeType{across(2.0 * p.radius_mm + p.straight_mm),
                                             across(2.0 * p.radius_mm),
                                             static_cast<std::size_t>(p.slices)});
  typename Image::SpacingType spacing;
  spacing.Fill(p.voxel_mm);
  image->SetSpacing(spacing);
  image->Allocate();
  return image;
}

void blur_and_add_noise(Volume& image, const XctPhantom& p) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const double sigma = p.blur_mm / p.voxel_mm;
  const long reach = static_cast<long>(std::ceil(4.0 * sigma));
  std::vector<float> copy(size[0] * size[1] * size[2]);
  float* const out = image.GetBufferPointer();
  std::size_t stride = 1;
  for (unsigned axis = 0; axis < 3 && sigma > 0.0; stride *= size[axis], ++axis) {
    std::copy_n(out, copy.size(), copy.begin());
    tbb::parallel_for(std::size_t{0}, copy.size(), [&](std::size_t n) {
      const long at = static_cast<long>(n / stride % size[axis]);
      double sum = 0.0;
      double weights = 0.0;
      for (long k = -reach; k <= reach; ++k) {
        const long to = std::clamp(at + k, 0L, static_cast<long>(size[axis]) - 1);
        const double w = std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma));
        sum += w * static_cast<double>(copy[n + static_cast<std::size_t>((to - at)) * stride]);
        weights += w;
      }
      out[n] = static_cast<float>(sum / weights);
    });
  }
  std::mt19937 random(static_cast<std::uint32_t>(p.seed));
  std::normal_distribution<double> noise(0.0, p.noise_mg_per_cm3);
  if (p.noise_mg_per_cm3 > 0.0)
    for (std::size_t n = 0; n < copy.size(); ++n) out[n] += static_cast<float>(noise(random));
}

double stadium_mm2(double radius, double straight) {
  return std::numbers::pi * radius * radius + 2.0 * radius * straight;
}

}  // namespace

const ParamTable<XctPhantom>& XctPhantom::table() {
  static const auto table =
      ParamTable<XctPhantom>()
          .add(&XctPhantom::radius_mm, "radius_mm", "mm", "Of the outline's round ends.", {1, 50})
          .add(&XctPhantom::straight_mm, "straight_mm", "mm", "Of the outline between its ends.", {0, 50})
          .add(&XctPhantom::cortex_mm, "cortex_mm", "mm", "Thickness of the cortex.", {0.05, 10})
          .add(&XctPhantom::lattice,
               "lattice",
               "What the trabeculae are.",
               {{"rods", Lattice::kRods}, {"plates", Lattice::kPlates}, {"none", Lattice::kNone}})
          .add(&XctPhantom::trabecula_mm,
               "trabecula_mm",
               "mm",
               "Diameter of rods, thickness of plates.",
               {0.01, 2})
          .add(&XctPhantom::period_mm, "period_mm", "mm", "From middle to middle.", {0.05, 10})
          .add(&XctPhantom::tilt_rad, "tilt_rad", "rad", "Of the lattice, about two axes.", {-2, 2})
          .add(&XctPhantom::pores, "pores", "1", "Canals along the cortex.", {0, 1000})
          .add(&XctPhantom::pore_mm, "pore_mm", "mm", "Their diameter.", {0.01, 5})
          .add(&XctPhantom::marrow_opens, "marrow_opens", "A gap of 0.3 mm through the cortex.")
          .add(&XctPhantom::cortex_mg_per_cm3, "cortex_mg_per_cm3", "mg/cm3", "Compact bone.", {0, 2000})
          .add(&XctPhantom::trabecula_mg_per_cm3, "trabecula_mg_per_cm3", "mg/cm3", "Trabeculae.", {0, 2000})
          .add(&XctPhantom::marrow_mg_per_cm3, "marrow_mg_per_cm3", "mg/cm3", "Marrow.", {-200, 500})
          .add(&XctPhantom::muscle_mg_per_cm3, "muscle_mg_per_cm3", "mg/cm3", "Around the bone.", {-200, 500})
          .add(&XctPhantom::taper, "taper", "1", "Growth of the radius along the bone.", {-0.5, 0.5})
          .add(&XctPhantom::warp_mm, "warp_mm", "mm", "How far the lattice is bent.", {0, 2})
          .add(&XctPhantom::turn_x_deg, "turn_x_deg", "deg", "About the image's first axis.", {-45, 45})
          .add(&XctPhantom::turn_y_deg, "turn_y_deg", "deg", "About its second.", {-45, 45})
          .add(&XctPhantom::turn_z_deg, "turn_z_deg", "deg", "About its third.", {-45, 45})
          .add(&XctPhantom::shift_x_mm, "shift_x_mm", "mm", "After the turns.", {-50, 50})
          .add(&XctPhantom::shift_y_mm, "shift_y_mm", "mm", "After the turns.", {-50, 50})
          .add(&XctPhantom::shift_z_mm, "shift_z_mm", "mm", "After the turns.", {-50, 50})
          .add(&XctPhantom::margin_mm, "margin_mm", "mm", "Around the bone.", {0, 20})
          .add(&XctPhantom::voxel_mm, "voxel_mm", "mm", "Edge of the voxels.", {0.005, 0.5})
          .add(&XctPhantom::slices, "slices", "1", "Along the bone.", {1, 2000})
          .add(&XctPhantom::blur_mm, "blur_mm", "mm", "SD of the point spread.", {0, 1})
          .add(&XctPhantom::noise_mg_per_cm3, "noise_mg_per_cm3", "mg/cm3", "SD of the noise.", {0, 1000})
          .add(&XctPhantom::seed, "seed", "1", "Of the noise.", {0, 1e9});
  return table;
}

XctTruth draw(const XctPhantom& p) {
  XctPhantom::table().validate(p);
  XctTruth truth{blank<Volume>(p), blank<Mask>(p), blank<Mask>(p), blank<Mask>(p)};
  const auto size = truth.bone->GetLargestPossibleRegion().GetSize();
  const Painter painter(p);
  std::vector<std::pair<std::size_t, std::size_t>> lattice(size[2]);  // points in it and in the inner outline
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t k) {
    const auto at = [&](std::size_t index, unsigned axis, int fine) {
      return p.voxel_mm *
             (static_cast<double>(index) + (fine + 0.5) / kFine - 0.5 * static_cast<double>(size[axis]));
    };
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i) {
        Voxel voxel;
        for (int f = 0; f < kFine * kFine * kFine; ++f)
          painter.add(voxel, at(i, 0, f % kFine), at(j, 1, f / kFine % kFine), at(k, 2, f / (kFine * kFine)));
        const std::size_t n = (k * size[1] + j) * size[0] + i;
        constexpr int kPoints = kFine * kFine * kFine;
        truth.density_mg_per_cm3->GetBufferPointer()[n] = static_cast<float>(voxel.density / kPoints);
        truth.periosteal->GetBufferPointer()[n] = 2 * voxel.inside > kPoints ? 1 : 0;
        truth.trabecular->GetBufferPointer()[n] = 2 * voxel.within > kPoints ? 1 : 0;
        truth.bone->GetBufferPointer()[n] = 2 * voxel.bone > kPoints ? 1 : 0;
        lattice[k].first += static_cast<std::size_t>(voxel.lattice);
        lattice[k].second += static_cast<std::size_t>(voxel.within);
      }
  });
  blur_and_add_noise(*truth.density_mg_per_cm3, p);
  truth.tt_ar_mm2 = stadium_mm2(p.radius_mm, p.straight_mm);
  truth.tb_ar_mm2 = stadium_mm2(p.radius_mm - p.cortex_mm, p.straight_mm);
  truth.ct_ar_mm2 = truth.tt_ar_mm2 - truth.tb_ar_mm2;
  std::pair<double, double> sum{0.0, 0.0};
  for (const auto& [bone, all] : lattice) {
    sum.first += static_cast<double>(bone);
    sum.second += static_cast<double>(all);
  }
  truth.bone_share = sum.first / std::max(sum.second, 1.0);
  truth.pore_share =
      static_cast<double>(p.pores) * std::numbers::pi * p.pore_mm * p.pore_mm / 4.0 / truth.ct_ar_mm2;
  return truth;
}

}  // namespace ledd::phantom
