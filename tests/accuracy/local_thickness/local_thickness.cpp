// What local thickness is worth:
//
//   local_thickness_accuracy shapes [POSES]   balls, rods and plates of 2 to 30 voxels, any pose
//   local_thickness_accuracy spacing          Tb.N on plates of known period
//   local_thickness_accuracy scanco           published shapes (LEDD_REALDATA), others' results beside ours
#include "ledd/local_thickness/local_thickness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "scanco_table.h"
#include "solids.h"

namespace ledd::accuracy {
namespace {

using solids::Shape;
using solids::Solid;

Solid posed(Shape shape, double diameter, int size, int pose, std::mt19937_64& random) {
  std::uniform_real_distribution<double> offset(-0.5, 0.5);
  const double middle = 0.5 * size;
  const auto at = [&] { return middle + offset(random); };
  const Point centre{at(), at(), at()};
  const Point turned = solids::random_axis(random);
  return {shape, diameter, centre, pose % 4 == 0 ? Point{0, 0, 1} : turned};
}

/// Mean over the voxels of the solid; of those that the border cuts, over what lies a radius within.
double mean_of(const Volume& thickness, Shape shape, double diameter, int size) {
  const int margin = shape == Shape::kBall ? 0 : static_cast<int>(0.5 * diameter) + 2;
  const float* value = thickness.GetBufferPointer();
  double sum = 0.0;
  long count = 0;
  for (int z = 0; z < size; ++z)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x, ++value) {
        if (!(*value > 0.0F) || std::min({x, y, z}) < margin || std::max({x, y, z}) >= size - margin)
          continue;
        sum += *value;
        ++count;
      }
  return sum / static_cast<double>(count);
}

struct Errors {
  double sum = 0.0, squares = 0.0, worst = 0.0;
  int count = 0, lost = 0;
  void add(double e) {
    sum += e;
    squares += e * e;
    worst = std::abs(e) > std::abs(worst) ? e : worst;
    ++count;
  }
  double mean() const { return sum / count; }
  double sd() const { return std::sqrt(std::max(0.0, squares / count - mean() * mean())); }
};

Errors errors_of(Shape shape, double diameter, bool binary, int poses) {
  std::mt19937_64 random(static_cast<std::uint64_t>(100.0 * diameter));
  Errors errors;
  const int size =
      shape == Shape::kBall ? static_cast<int>(diameter) + 12 : static_cast<int>(2.6 * diameter) + 16;
  for (int i = 0; i < poses; ++i) {
    const Solid solid = posed(shape, diameter, size, i, random);
    Context context;
    try {
      const auto result = binary ? LocalThickness()(*solids::binary(solid, size), context)
                                 : LocalThickness()(*solids::partial(solid, size), 0.5, context);
      errors.add(mean_of(*result.thickness_mm, shape, diameter, size) - diameter);
    } catch (const Error&) {  // not one voxel centre lies in a small ball
      ++errors.lost;
    }
  }
  return errors;
}

void print_shapes(int poses) {
  fmt::print("Error of the mean thickness in voxels, over offsets and rotations: bias, SD, worst\n\n");
  fmt::print(
      "| diameter | ball, mask | rod, mask | plate, mask | ball, density | rod, density | plate, density |\n"
      "|---|---|---|---|---|---|---|\n");
  std::vector<double> diameters;
  for (int d = 2; d <= 30; ++d) diameters.push_back(d);
  for (const double d : {2.5, 3.3, 4.6, 7.7, 13.4}) diameters.push_back(d);
  std::sort(diameters.begin(), diameters.end());
  for (const double d : diameters) {
    fmt::print("| {} |", d);
    for (const bool binary : {true, false})
      for (const Shape shape : solids::kShapes) {
        const int many = shape == Shape::kBall ? (d < 6 ? 5 * poses : 2 * poses) : poses;
        const Errors e = errors_of(shape, d, binary, many);
        fmt::print(" {:+.2f}, {:.2f}, {:+.2f}{} |",
                   e.mean(),
                   e.sd(),
                   e.worst,
                   e.lost > 0 ? fmt::format(" ({} lost)", e.lost) : "");
        std::fflush(stdout);
      }
    fmt::print("\n");
  }
}

void print_spacing() {
  fmt::print(
      "Trabecular number of plates of known period, 1 / mean distance of mid-axes, error in percent\n\n");
  fmt::print(
      "| period | thickness | mask: mean | worst | density: mean | worst |\n|---|---|---|---|---|---|\n");
  for (const auto& [period, thick] :
       {std::pair{8.0, 3.0}, std::pair{10.0, 4.0}, std::pair{13.3, 5.0}, std::pair{18.0, 4.5}}) {
    fmt::print("| {} | {} |", period, thick);
    for (const bool binary : {true, false}) {
      std::mt19937_64 random(5);
      Errors errors;
      const int size = static_cast<int>(4 * period) + 16;
      for (int pose = 0; pose < 6; ++pose) {
        Solid solid = posed(Shape::kPlate, thick, size, pose, random);
        solid.period_vox = period;
        Context context;
        const auto result = binary ? LocalThickness()(*solids::binary(solid, size), context)
                                   : LocalThickness()(*solids::partial(solid, size), 0.5, context);
        const auto spacing = mid_axis_spacing(*result.thickness_mm, result.mid_axis, context);
        errors.add(100.0 * (period / statistics_of(*spacing, nullptr).mean_mm - 1.0));
      }
      fmt::print(" {:+.2f} | {:+.2f} |", errors.mean(), errors.worst);
    }
    fmt::print("\n");
  }
}

}  // namespace
}  // namespace ledd::accuracy

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  try {
    const char* data = std::getenv("LEDD_REALDATA");
    if (what == "shapes") {
      ledd::accuracy::print_shapes(argc > 2 ? std::atoi(argv[2]) : 8);
    } else if (what == "spacing") {
      ledd::accuracy::print_spacing();
    } else if (what == "scanco" && data != nullptr) {
      ledd::accuracy::print_scanco(std::filesystem::path(data) / "bone/scanco/manuscript/notebooks/csv");
    } else {
      fmt::print(stderr, "local_thickness_accuracy shapes [POSES] | spacing | scanco (with LEDD_REALDATA)\n");
      return 2;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
