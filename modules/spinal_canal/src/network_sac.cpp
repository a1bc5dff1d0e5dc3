#include "network_sac.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ledd::canal {
namespace {

constexpr float kFirstMm = -6.0F, kLastMm = 30.0F;  // band behind the posterior walls

struct Voxel {
  long i, j, k;
};
constexpr std::array<Voxel, 6> kSteps{{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}};

/// Fills from `start` over voxels whose state is `from`; returns them.
std::vector<Voxel> filled(
    std::vector<std::uint8_t>& state, const Stack& stack, Voxel start, std::uint8_t from, std::uint8_t to) {
  std::vector<Voxel> part{start};
  state[stack.offset(start.i, start.j, start.k)] = to;
  for (std::size_t n = 0; n < part.size(); ++n) {
    const Voxel v = part[n];
    for (const auto& [di, dj, dk] :
         {Voxel{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}) {
      const Voxel w{v.i + di, v.j + dj, v.k + dk};
      if (w.i < 0 || w.j < 0 || w.k < 0 || w.i >= stack.size[0] || w.j >= stack.size[1] ||
          w.k >= stack.size[2])
        continue;
      auto& s = state[stack.offset(w.i, w.j, w.k)];
      if (s != from) continue;
      s = to;
      part.push_back(w);
    }
  }
  return part;
}

std::vector<Voxel> largest_part(std::vector<std::uint8_t>& state, const Stack& stack) {
  std::vector<Voxel> best;
  for (long k = 0; k < stack.size[2]; ++k)
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        if (state[stack.offset(i, j, k)] != 1) continue;
        auto part = filled(state, stack, {i, j, k}, 1, 2);
        if (part.size() > best.size()) best = std::move(part);
      }
  return best;
}

/// Marks what a slice's border cannot reach without crossing the sac: holes.
void fill_holes(std::vector<std::uint8_t>& sac, const Stack& stack) {
  Stack slice = stack;
  slice.size[2] = 1;
  for (long k = 0; k < stack.size[2]; ++k) {
    std::vector<std::uint8_t> state(sac.size(), 0);
    const auto copy = [&](long i, long j) { state[stack.offset(i, j, 0)] = sac[stack.offset(i, j, k)]; };
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) copy(i, j);
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        const bool border = i == 0 || j == 0 || i + 1 == stack.size[0] || j + 1 == stack.size[1];
        if (border && state[stack.offset(i, j, 0)] == 0) filled(state, slice, {i, j, 0}, 0, 3);
      }
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i)
        if (state[stack.offset(i, j, 0)] == 0) sac[stack.offset(i, j, k)] = 2;
  }
}

}  // namespace

std::vector<float> cleaned(const float* probability, const Stack& stack, const Feet& feet) {
  const std::size_t n = static_cast<std::size_t>(stack.size[0] * stack.size[1] * stack.size[2]);
  std::vector<std::uint8_t> state(n, 0), sac(n, 0);
  for (long k = 0; k < stack.size[2]; ++k)
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        const auto pixel = static_cast<std::size_t>(j * stack.size[0] + i);
        const bool band = feet.row[pixel] >= 0 && feet.t[pixel] >= kFirstMm && feet.t[pixel] <= kLastMm;
        const std::size_t at = stack.offset(i, j, k);
        if (band && probability[at] >= 0.5F) state[at] = 1;
      }
  for (const Voxel& v : largest_part(state, stack)) sac[stack.offset(v.i, v.j, v.k)] = 1;
  fill_holes(sac, stack);
  std::vector<float> out(n, 0.0F);
  for (long k = 0; k < stack.size[2]; ++k)
    for (long j = 0; j < stack.size[1]; ++j)
      for (long i = 0; i < stack.size[0]; ++i) {
        const std::size_t at = stack.offset(i, j, k);
        if (sac[at] == 2) {
          out[at] = 1.0F;
        } else if (sac[at] == 1) {
          out[at] = probability[at];
        } else {  // the flank of the surface belongs to it, or the place of 0.5 would move
          for (const auto& [di, dj, dk] : kSteps) {
            if (dk != 0) continue;
            const long x = i + di, y = j + dj;
            const bool legal = x >= 0 && y >= 0 && x < stack.size[0] && y < stack.size[1];
            if (legal && sac[stack.offset(x, y, k)] != 0) out[at] = std::min(0.49F, probability[at]);
          }
        }
      }
  return out;
}

}  // namespace ledd::canal
