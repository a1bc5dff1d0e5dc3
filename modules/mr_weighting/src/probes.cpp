#include "probes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "ledd/anatomy/anatomy.h"

namespace ledd::weighting {
namespace {

constexpr std::size_t kFewest = 50;  // voxels of a tissue
constexpr int kFewestBodies = 3;

bool is_body(std::uint16_t id) {
  return (id >= anatomy::kT1 && id <= anatomy::kS1) || id == anatomy::kT13;
}

/// The voxel of an image with axes P, I, L.
struct Grid {
  const Volume& flat;
  const Labels& labels;
  std::array<long, 3> size{};
  std::array<double, 3> spacing_mm{};

  Grid(const Volume& f, const Labels& l) : flat(f), labels(l) {
    for (unsigned a = 0; a < 3; ++a) {
      size[a] = static_cast<long>(f.GetLargestPossibleRegion().GetSize(a));
      spacing_mm[a] = f.GetSpacing()[a];
    }
  }
  std::size_t at(long i, long j, long k) const {
    return static_cast<std::size_t>((k * size[1] + j) * size[0] + i);
  }
  long steps(unsigned axis, double mm) const { return std::lround(mm / spacing_mm[axis]); }
};

/// The back of one body in one row of one slice.
struct Back {
  long i = 0, j = 0, k = 0;
};

struct Bodies {
  std::map<std::uint16_t, std::pair<long, long>> slices;                  ///< id -> first and last slice.
  std::map<std::pair<std::uint16_t, std::pair<long, long>>, long> backs;  ///< (id, (j, k)) -> last i.
};

Bodies find_bodies(const Grid& grid) {
  Bodies bodies;
  for (long k = 0; k < grid.size[2]; ++k)
    for (long j = 0; j < grid.size[1]; ++j)
      for (long i = 0; i < grid.size[0]; ++i) {
        const std::uint16_t id = grid.labels.GetBufferPointer()[grid.at(i, j, k)];
        if (!is_body(id)) continue;
        auto& [first, last] = bodies.slices.try_emplace(id, k, k).first->second;
        last = k;
        bodies.backs[{id, {j, k}}] = i;
      }
  return bodies;
}

/// The backs of all bodies but S1, whose canal bends away, whose slice lies `near` to `far` mm off the
/// middle.
std::vector<Back> backs_off_middle(const Grid& grid, const Bodies& bodies, double near_mm, double far_mm) {
  std::vector<Back> backs;
  for (const auto& [key, i] : bodies.backs) {
    const auto& [id, row] = key;
    if (id == anatomy::kS1) continue;
    const auto& [first, last] = bodies.slices.at(id);
    // Muscle lies beside the middle, out of the body's own slices too: the row's back is that of the middle.
    const double middle = 0.5 * static_cast<double>(first + last);
    if (std::abs(static_cast<double>(row.second) - middle) > 0.5 + 1e-9) continue;
    for (long k = 0; k < grid.size[2]; ++k) {
      const double off_mm = std::abs(static_cast<double>(k) - middle) * grid.spacing_mm[2];
      if (off_mm >= near_mm && off_mm <= far_mm) backs.push_back({i, row.first, k});
    }
  }
  return backs;
}

struct Span {
  double from_mm, to_mm;
};

std::vector<float> behind(const Grid& grid, const std::vector<Back>& backs, const Span& span) {
  std::vector<float> values;
  for (const Back& back : backs)
    for (long i = back.i + grid.steps(0, span.from_mm);
         i <= back.i + grid.steps(0, span.to_mm) && i < grid.size[0];
         ++i)
      values.push_back(grid.flat.GetBufferPointer()[grid.at(i, back.j, back.k)]);
  return values;
}

std::vector<float> marrow_values(const Grid& grid, const Bodies& bodies) {
  std::vector<float> values;
  for (long k = 0; k < grid.size[2]; ++k)
    for (long j = 0; j < grid.size[1]; ++j)
      for (long i = 0; i < grid.size[0]; ++i) {
        const std::size_t n = grid.at(i, j, k);
        const auto found = bodies.slices.find(grid.labels.GetBufferPointer()[n]);
        if (found == bodies.slices.end()) continue;
        const double middle = 0.5 * static_cast<double>(found->second.first + found->second.second);
        if (std::abs(static_cast<double>(k) - middle) * grid.spacing_mm[2] <= 8.0)
          values.push_back(grid.flat.GetBufferPointer()[n]);
      }
  return values;
}

std::vector<float> sac_values(const Grid& grid) {
  std::vector<float> values;
  for (std::size_t n = 0; n < grid.labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (grid.labels.GetBufferPointer()[n] == anatomy::kCanal)
      values.push_back(grid.flat.GetBufferPointer()[n]);
  return values;
}

double percentile(std::vector<float>& values, double share) {
  const auto at = values.begin() + static_cast<long>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

}  // namespace

std::optional<Probes> probe(const Volume& flat, const Labels& labels) {
  const std::array<Toward, 3> axes{Toward::kPosterior, Toward::kInferior, Toward::kLeft};
  const auto turned_flat = reorient(flat, axes);
  const auto turned_labels = reorient(labels, axes);
  const Grid grid(*turned_flat, *turned_labels);
  const Bodies bodies = find_bodies(grid);
  Probes probes;
  probes.bodies = static_cast<int>(bodies.slices.size());
  if (probes.bodies < kFewestBodies) return std::nullopt;

  auto marrow = marrow_values(grid, bodies);
  auto canal = sac_values(grid);
  if (canal.size() < kFewest) canal = behind(grid, backs_off_middle(grid, bodies, 0.0, 3.0), {4.0, 12.0});
  auto muscle = behind(grid, backs_off_middle(grid, bodies, 12.0, 25.0), {30.0, 50.0});
  auto rear = behind(grid, backs_off_middle(grid, bodies, 0.0, 25.0), {30.0, 90.0});
  for (const auto* tissue : {&marrow, &canal, &muscle, &rear})
    if (tissue->size() < kFewest) return std::nullopt;
  probes.marrow = percentile(marrow, 0.5);
  probes.canal = percentile(canal, 0.5);
  probes.muscle = percentile(muscle, 0.33);
  probes.brightest = percentile(rear, 0.9);
  return probes;
}

}  // namespace ledd::weighting
