#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/muscles.h"

#include "make_truth.h"
#include "render.h"
#include "tissue.h"

namespace ledd::phantom {
namespace {

constexpr int kFiner = 3;
constexpr double kHalfSlabMm = 1.5;

struct Sum {
  double count = 0, fat = 0, fraction = 0;
};

/// The samples of the sac, by column of the finer grid.
struct SacColumns {
  std::map<long, double> count;

  double total() const {
    double n = 0;
    for (const auto& [column, c] : count) n += c;
    return n;
  }
  double depth_mm(double step_mm) const {
    double middle = 0;
    for (const auto& [column, c] : count) middle += static_cast<double>(column) * c / total();
    double sum = 0, columns = 0;
    for (const auto& [column, c] : count) {
      if (std::fabs(static_cast<double>(column) - middle) * step_mm > kHalfSlabMm) continue;
      sum += c;
      columns += 1;
    }
    return columns > 0 ? sum / columns * step_mm : 0.0;
  }
};

bool is_muscle(std::uint16_t id) {
  return id >= anatomy::kMultifidusR && id <= anatomy::kPsoasL;
}

}  // namespace

std::vector<SliceTruth> slice_truth(const Scene& scene, const StackParams& stack) {
  const StackGeometry g = stack_geometry(stack);
  const auto densities = signals({0.0, 0.0, 0.0, true});
  const double step_mm = stack.pixel_mm / kFiner;
  std::vector<SliceTruth> slices;
  for (int k = 0; k < stack.slices; ++k) {
    std::map<std::uint16_t, Sum> sums;
    SacColumns sac;
    for (long r = 0; r < static_cast<long>(stack.rows) * kFiner; ++r)
      for (long c = 0; c < static_cast<long>(stack.columns) * kFiner; ++c) {
        const double x = (static_cast<double>(c) - 1.0) * step_mm,
                     y = (static_cast<double>(r) - 1.0) * step_mm;
        const Sample s = scene.at(g.origin + x * g.row + y * g.column + (k * stack.pitch_mm) * g.normal);
        if (s.label == anatomy::kCanal) sac.count[c] += 1;
        if (!is_muscle(s.label)) continue;
        const double m = static_cast<double>(s.mix);
        const Signal &a = densities[static_cast<std::size_t>(s.first)],
                     &b = densities[static_cast<std::size_t>(s.second)];
        const double fat = (1 - m) * a.fat + m * b.fat, water = (1 - m) * a.water + m * b.water;
        Sum& sum = sums[s.label];
        sum.count += 1;
        sum.fat += m;
        sum.fraction += fat / (fat + water);
      }
    SliceTruth t;
    for (const auto& [id, sum] : sums)
      t.muscles.push_back(
          {id, sum.count * step_mm * step_mm, 100.0 * sum.fat / sum.count, 100.0 * sum.fraction / sum.count});
    t.sac_csa_mm2 = sac.total() * step_mm * step_mm;
    t.sac_ap_mm = sac.depth_mm(step_mm);
    slices.push_back(std::move(t));
  }
  return slices;
}

}  // namespace ledd::phantom
