#include "cleaning.h"

#include <algorithm>

namespace ledd::knee {
namespace {

constexpr int kReach = 2;  // voxels between a tissue and what it must touch

using Mask = std::vector<std::uint8_t>;

struct Neighbours {
  std::array<long, 3> n{}, step{};
  explicit Neighbours(const Grid& g) : n{g.nx, g.ny, g.nz}, step{1, g.nx, g.nx * g.ny} {}

  /// Calls visit(index) for the voxels that share a face with q.
  template <class Visit>
  void each(long q, unsigned axes, Visit visit) const {
    const std::array<long, 3> at{q % n[0], q / n[0] % n[1], q / step[2]};
    for (unsigned a = 0; a < axes; ++a) {
      if (at[a] > 0) visit(q - step[a]);
      if (at[a] + 1 < n[a]) visit(q + step[a]);
    }
  }
};

Mask mask_of(const std::vector<std::uint8_t>& classes, std::uint8_t value) {
  Mask mask(classes.size());
  std::transform(
      classes.begin(), classes.end(), mask.begin(), [&](std::uint8_t c) { return c == value ? 1 : 0; });
  return mask;
}

/// Sets what lies within a slice's outlines: all that cannot be reached from the slice's rim without
/// crossing.
void fill_holes(const Grid& g, Mask& mask) {
  const Neighbours neighbours(g);
  const long plane = g.nx * g.ny;
  std::vector<long> stack;
  for (long z = 0; z < g.nz; ++z) {
    const auto first = mask.begin() + z * plane;
    if (std::find(first, first + plane, 1) == first + plane) continue;
    const auto reach = [&](long q) {
      auto& m = mask[static_cast<std::size_t>(q)];
      if (m != 0) return;
      m = 2;
      stack.push_back(q);
    };
    for (long x = 0; x < g.nx; ++x) {
      reach(z * plane + x);
      reach(z * plane + (g.ny - 1) * g.nx + x);
    }
    for (long y = 0; y < g.ny; ++y) {
      reach(z * plane + y * g.nx);
      reach(z * plane + y * g.nx + g.nx - 1);
    }
    while (!stack.empty()) {
      const long q = stack.back();
      stack.pop_back();
      neighbours.each(q, 2, reach);
    }
    std::transform(first, first + plane, first, [](std::uint8_t m) {
      return static_cast<std::uint8_t>(m == 2 ? 0 : 1);
    });
  }
}

/// Adds the voxels that share a face with the mask, `times` over.
void grow(const Grid& g, Mask& mask, int times) {
  const Neighbours neighbours(g);
  std::vector<long> front;
  for (long q = 0; q < static_cast<long>(mask.size()); ++q) {
    if (mask[static_cast<std::size_t>(q)] == 0) continue;
    bool edge = false;
    neighbours.each(q, 3, [&](long o) { edge = edge || mask[static_cast<std::size_t>(o)] == 0; });
    if (edge) front.push_back(q);
  }
  for (int t = 0; t < times; ++t) {
    std::vector<long> next;
    for (const long q : front)
      neighbours.each(q, 3, [&](long o) {
        auto& m = mask[static_cast<std::size_t>(o)];
        if (m != 0) return;
        m = 1;
        next.push_back(o);
      });
    front.swap(next);
  }
}

void keep_bone(const Grid& g, std::uint8_t bone, Cleaned& out) {
  const Parts parts = parts_of(g, mask_of(g.classes, bone));
  if (parts.sizes.size() < 2) return;
  const auto largest = std::max_element(parts.sizes.begin(), parts.sizes.end());
  const auto number = static_cast<std::uint32_t>(largest - parts.sizes.begin());
  std::size_t second = 0;
  for (std::size_t n = 1; n < parts.sizes.size(); ++n)
    if (n != number) second = std::max(second, parts.sizes[n]);
  out.second_share[bone] = static_cast<double>(second) / static_cast<double>(*largest);
  Mask mask(g.classes.size());
  std::transform(parts.number.begin(), parts.number.end(), mask.begin(), [&](std::uint32_t p) {
    return p == number ? 1 : 0;
  });
  fill_holes(g, mask);
  for (std::size_t q = 0; q < mask.size(); ++q)
    if (mask[q] != 0 && (g.classes[q] == bone || g.classes[q] == kAir)) out.classes[q] = bone;
}

void keep_tissue(const Grid& g, std::uint8_t tissue, double least_mm3, Mask near, Cleaned& out) {
  const Parts parts = parts_of(g, mask_of(g.classes, tissue));
  grow(g, near, kReach);
  std::vector<char> keep(parts.sizes.size());
  for (std::size_t q = 0; q < near.size(); ++q)
    if (near[q] != 0) keep[parts.number[q]] = 1;
  for (std::size_t n = 0; n < keep.size(); ++n)
    if (n == 0 || static_cast<double>(parts.sizes[n]) * g.voxel_mm3() < least_mm3) keep[n] = 0;
  for (std::size_t q = 0; q < near.size(); ++q)
    if (keep[parts.number[q]] != 0) out.classes[q] = tissue;
}

}  // namespace

Parts parts_of(const Grid& grid, const std::vector<std::uint8_t>& mask) {
  Parts out;
  out.number.assign(mask.size(), 0);
  out.sizes.assign(1, 0);
  const Neighbours neighbours(grid);
  std::vector<long> stack;
  for (long seed = 0; seed < static_cast<long>(mask.size()); ++seed) {
    if (mask[static_cast<std::size_t>(seed)] == 0 || out.number[static_cast<std::size_t>(seed)] != 0)
      continue;
    const auto number = static_cast<std::uint32_t>(out.sizes.size());
    out.sizes.push_back(0);
    const auto take = [&](long q) {
      const auto u = static_cast<std::size_t>(q);
      if (mask[u] == 0 || out.number[u] != 0) return;
      out.number[u] = number;
      ++out.sizes.back();
      stack.push_back(q);
    };
    take(seed);
    while (!stack.empty()) {
      const long q = stack.back();
      stack.pop_back();
      neighbours.each(q, 3, take);
    }
  }
  return out;
}

Cleaned cleaned(const Grid& grid) {
  Cleaned out;
  out.classes.assign(grid.classes.size(), kAir);
  for (const std::uint8_t bone : {kFemur, kTibia, kPatella}) keep_bone(grid, bone, out);
  keep_tissue(grid, kFemoral, 100.0, mask_of(out.classes, kFemur), out);
  keep_tissue(grid, kTibial, 60.0, mask_of(out.classes, kTibia), out);
  keep_tissue(grid, kPatellar, 100.0, mask_of(out.classes, kPatella), out);
  Mask cartilage = mask_of(out.classes, kFemoral);
  for (std::size_t q = 0; q < cartilage.size(); ++q)
    if (out.classes[q] == kTibial) cartilage[q] = 1;
  keep_tissue(grid, kMeniscus, 60.0, std::move(cartilage), out);
  return out;
}

}  // namespace ledd::knee
