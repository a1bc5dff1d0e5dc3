#pragma once
#include <functional>
#include <vector>

#include "ledd/phantom_base/vec.h"

namespace ledd::torso_phantom {

using phantom::Vec;

/// A cone with round ends, or a triangle with round edges whose half thickness runs between its corners'.
struct Part {
  Vec a, b, c;
  double ra = 1, rb = 1, rc = 1;
  bool plate = false;
  double distance_mm(const Vec& p) const;
};
/// Of a plate, with its half thickness there.
struct Corner {
  Vec at;
  double half_mm = 1.0;
};
Part cone(const Vec& a, double ra, const Vec& b, double rb);
Part ball(const Vec& a, double ra);
Part plate(const Corner& a, const Corner& b, const Corner& c);

/// The smaller, with a fillet of about k mm where both meet.
double soft_min(double a, double b, double k);

struct Box {
  Vec low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
  void add(const Vec& p, double radius_mm);
};

/// What is painted: a shell of one HU over an inside of another.
struct Solid {
  std::function<double(const Vec&)> distance_mm;  ///< < 0 inside; right near the surface.
  Box box;
  double hu = 0.0;
  double shell_hu = 0.0, shell_mm = 0.0;
  std::function<double(const Vec&)> hu_at{};        ///< In place of hu.
  std::function<double(const Vec&)> shell_mm_at{};  ///< In place of shell_mm.
  bool textured = false;

  double paint(const Vec& p, double below_hu, double blur_mm, double texture) const;
};

/// Joined parts with fillets of k mm.
Solid joined(std::vector<Part> parts, double k);
/// A tube through points.
Solid tube(const std::vector<Vec>& points, const std::vector<double>& radii_mm, double hu);
Solid ellipsoid(const Vec& centre, const Vec& half, double hu);

/// A number of mean 0 and SD 1 at a point, alike over 1.5 mm (3 mm along z).
double texture_at(const Vec& p, std::uint64_t key);

}  // namespace ledd::torso_phantom
