#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "ledd/cartilage_thickness/cartilage_thickness.h"

#include "shells.h"
#include "tables.h"

namespace ledd::accuracy {
namespace {

struct Kind {
  const char* name;
  Point spacing_mm;
  bool soft;
};

/// Bias and SD of both definitions, and the share of field lines lost.
void print_row(shells::Shape shape, double thickness_mm, const Kind& kind) {
  const auto labels = shells::labels(shape, thickness_mm, kind.spacing_mm);
  CartilageThickness::Probabilities probabilities;
  Volume::Pointer bone, cartilage;
  if (kind.soft) {
    bone = shells::part(*labels, shape, thickness_mm, shells::kBone);
    cartilage = shells::part(*labels, shape, thickness_mm, shells::kCartilage);
    probabilities = {{shells::kBone, bone}, {shells::kCartilage, cartilage}};
  }
  Context context;
  const auto layer =
      CartilageThickness()(*labels, shells::kBone, {shells::kCartilage}, probabilities, context);
  const auto normal = shells::inner(shape, layer.bone.points_lps_mm, layer.thickness_mm);
  const auto laplace = shells::inner(shape, layer.bone.points_lps_mm, layer.laplace_mm);
  fmt::print("| {} | {:.1f} | {} | {:+.3f} | {:.3f} | {:+.3f} | {:.3f} | {:.2f} |\n",
             shells::name_of(shape),
             thickness_mm,
             kind.name,
             normal.mean - thickness_mm,
             normal.sd,
             laplace.mean - thickness_mm,
             laplace.sd,
             100.0 * layer.plates.at(0).no_streamline_share);
  std::fflush(stdout);
}

/// Bias along normals over positions of the grid: of hard labels, one position is a draw.
void print_poses_row(shells::Shape shape, double thickness_mm, const Kind& kind) {
  constexpr int kPoses = 12;
  CartilageThickness::Params params;
  params.laplace = false;
  const CartilageThickness measure(params);
  std::mt19937_64 random(1);
  const auto between = [&](double low, double high) {  // the same on every machine
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  double sum = 0.0, squares = 0.0, least = 0.0, most = 0.0;
  for (int n = 0; n < kPoses; ++n) {
    const double yaw_deg = between(-20, 20), pitch_deg = between(-20, 20);
    const Point shift_mm{between(0, 0.4), between(0, 0.4), between(0, kind.spacing_mm[2])};
    const auto labels = shells::labels(shape, thickness_mm, kind.spacing_mm, yaw_deg, pitch_deg, shift_mm);
    Context context;
    const auto layer = measure(*labels, shells::kBone, {shells::kCartilage}, {}, context);
    const double bias =
        shells::inner(shape, layer.bone.points_lps_mm, layer.thickness_mm).mean - thickness_mm;
    sum += bias;
    squares += bias * bias;
    least = n == 0 ? bias : std::min(least, bias);
    most = n == 0 ? bias : std::max(most, bias);
  }
  const double mean = sum / kPoses;
  fmt::print("| {} | {:.1f} | {} | {:+.3f} | {:.3f} | {:+.3f} to {:+.3f} |\n",
             shells::name_of(shape),
             thickness_mm,
             kind.name,
             mean,
             std::sqrt(std::max(0.0, (squares - kPoses * mean * mean) / (kPoses - 1))),
             least,
             most);
  std::fflush(stdout);
}

}  // namespace

void print_poses() {
  fmt::print("| shape | mm | grid, hard labels | mean bias (mm) | SD over positions | least to most |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  for (const Kind& kind : {Kind{"0.365 x 0.365 x 0.7", {0.365, 0.365, 0.7}, false},
                           Kind{"0.31 x 0.31 x 1.5", {0.31, 0.31, 1.5}, false}})
    for (const double thickness_mm : {1.0, 3.0})
      for (const auto shape :
           {shells::Shape::kBowl, shells::Shape::kCylinder, shells::Shape::kTorus, shells::Shape::kSphere})
        print_poses_row(shape, thickness_mm, kind);
}

void print_shells() {
  fmt::print(
      "| shape | mm | grid and field | bias, normal (mm) | SD | bias, Laplace (mm) | SD | lines lost (%) "
      "|\n");
  fmt::print("|---|---|---|---|---|---|---|---|\n");
  for (const auto shape : shells::kShapes)
    for (const double thickness_mm : {1.0, 1.5, 2.0, 3.0, 4.0})
      for (const Kind& kind : {Kind{"0.365 x 0.365 x 0.7, hard", {0.365, 0.365, 0.7}, false},
                               Kind{"0.365 x 0.365 x 0.7, partial volume", {0.365, 0.365, 0.7}, true},
                               Kind{"0.31 x 0.31 x 1.5, hard", {0.31, 0.31, 1.5}, false}})
        print_row(shape, thickness_mm, kind);
}

}  // namespace ledd::accuracy
