#include "structure_end.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ledd/core/error.h"

#include "oblique.h"

namespace ledd::viewer {
namespace {

constexpr std::uint16_t kL3 = 22;

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

TEST(StructureEnd, ATiltedBodyMovesAlongItsOwnAxis) {
  const auto labels = testing::oblique_grid<Labels>({0.8, 0.8, 3.0}, {80, 80, 80}, {}, {0.0, 0.0});
  for (const double tilt_deg : {0.0, 20.0, 38.0}) {
    const double c = std::cos(tilt_deg * M_PI / 180), s = std::sin(tilt_deg * M_PI / 180);
    const Point up{0, -s, c}, back{0, c, s};
    testing::fill(*labels, [&](const Point& p) {
      const bool body = std::abs(dot(p, up)) < 13 && std::abs(dot(p, back)) < 17 && std::abs(p[0]) < 22;
      return body ? kL3 : 0;
    });
    for (const double sign : {1.0, -1.0}) {
      Point end{};
      for (unsigned k = 0; k < 3; ++k) end[k] = sign * 13.0 * up[k];
      const Point found = end_toward(*labels, kL3, end);
      EXPECT_GT(sign * dot(found, up), std::cos(4.0 * M_PI / 180)) << tilt_deg;
    }
  }
}

TEST(StructureEnd, ALongBoneMovesAlongItsLength) {
  const auto labels = testing::oblique_grid<Labels>({1.5, 1.5, 1.5}, {60, 60, 120});
  const Point axis = [&] {
    Point direction{};
    for (unsigned k = 0; k < 3; ++k) direction[k] = labels->GetDirection()(k, 2);
    return direction;
  }();
  testing::fill(*labels, [&](const Point& p) {
    const double along = dot(p, axis);
    return std::abs(along) < 50 && dot(p, p) - along * along < 144 ? 201 : 0;
  });
  Point end{};
  for (unsigned k = 0; k < 3; ++k) end[k] = -48.0 * axis[k];
  EXPECT_GT(dot(end_toward(*labels, 201, end), axis), -1.01);
  EXPECT_LT(dot(end_toward(*labels, 201, end), axis), -0.999);
  EXPECT_THROW(end_toward(*labels, 7, end), Error);
}

}  // namespace
}  // namespace ledd::viewer
