#include "painter.h"

#include <tbb/parallel_for.h>

#include <algorithm>

namespace ledd::spine {

Upsampler::Upsampler(long first, long count, double spacing_mm, long native)
    : low_(static_cast<std::size_t>(native), -1), t_(static_cast<std::size_t>(native), 0.0F) {
  for (long i = 0; i < native; ++i) {
    const double at = static_cast<double>(i) * spacing_mm / kWorkMm - static_cast<double>(first);
    if (at < 0.0 || at > static_cast<double>(count - 1)) continue;
    const long low = std::min(static_cast<long>(at), std::max(0L, count - 2));
    low_[static_cast<std::size_t>(i)] = low;
    t_[static_cast<std::size_t>(i)] = static_cast<float>(at - static_cast<double>(low));
  }
}

Painter::Painter(const Volume& like, const Probability& p)
    : p_(p),
      size_(like.GetLargestPossibleRegion().GetSize()),
      columns_(p.box.x, p.box.width, like.GetSpacing()[0], static_cast<long>(size_[0])),
      rows_(p.box.y, p.box.height, like.GetSpacing()[1], static_cast<long>(size_[1])) {}

/// visit(i, j, z of the box, position in the buffer) for every native voxel inside the box.
template <class Visit>
void Painter::each_voxel(Visit&& visit) const {
  tbb::parallel_for(0L, p_.box.depth, [&](long z) {
    const std::size_t start = static_cast<std::size_t>(p_.box.z + z) * size_[0] * size_[1];
    for (std::size_t j = 0; j < size_[1]; ++j)
      for (std::size_t i = 0; i < size_[0]; ++i)
        if (columns_.inside(i) && rows_.inside(j)) visit(i, j, z, start + j * size_[0] + i);
  });
}

void Painter::paint(const std::vector<std::uint16_t>& ids,
                    std::array<Channel, 2> channels,
                    Labels& labels,
                    Volume& probability) const {
  each_voxel([&](std::size_t i, std::size_t j, long z, std::size_t n) {
    const float first = value(channels[0], i, j, z);
    const float p = channels[0] == channels[1] ? first : std::max(first, value(channels[1], i, j, z));
    if (p > 0.5F) labels.GetBufferPointer()[n] = id_near(ids, i, j, z);
    // What was left out of the row must not look like bone or disc to whoever reads the probability.
    probability.GetBufferPointer()[n] = labels.GetBufferPointer()[n] != 0 ? p : std::min(p, 1.0F - p);
  });
}

void Painter::copy(Channel channel, Volume& probability) const {
  each_voxel([&](std::size_t i, std::size_t j, long z, std::size_t n) {
    probability.GetBufferPointer()[n] = value(channel, i, j, z);
  });
}

float Painter::value(Channel channel, std::size_t i, std::size_t j, long z) const {
  const auto& v = p_.values[channel];
  const long x = columns_.low(i), y = rows_.low(j);
  const long right = std::min(x + 1, p_.box.width - 1), below = std::min(y + 1, p_.box.height - 1);
  const float t = columns_.t(i), s = rows_.t(j);
  const float upper = (1 - t) * v[p_.at(x, y, z)] + t * v[p_.at(right, y, z)];
  const float lower = (1 - t) * v[p_.at(x, below, z)] + t * v[p_.at(right, below, z)];
  return (1 - s) * upper + s * lower;
}

/// The instance of the nearest work pixel, or of one beside it: interpolation moves the border by less than a
/// pixel.
std::uint16_t Painter::id_near(const std::vector<std::uint16_t>& ids,
                               std::size_t i,
                               std::size_t j,
                               long z) const {
  const long x = columns_.nearest(i), y = rows_.nearest(j);
  constexpr std::array<std::array<long, 2>, 9> kOrder{
      {{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}};
  for (const auto& [dx, dy] : kOrder) {
    if (x + dx < 0 || x + dx >= p_.box.width || y + dy < 0 || y + dy >= p_.box.height) continue;
    const std::uint16_t id = ids[p_.at(x + dx, y + dy, z)];
    if (id != 0) return id;
  }
  return 0;
}

}  // namespace ledd::spine
