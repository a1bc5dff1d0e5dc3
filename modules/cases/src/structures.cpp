#include "structures.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

constexpr unsigned kFirstForeign = 40000, kLast = 65535;

}  // namespace

std::vector<std::uint16_t> ids_in(const Labels& labels) {
  const auto* voxel = labels.GetBufferPointer();
  const auto* end = voxel + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<bool> seen(65536, false);
  std::uint16_t last = 0;  // voxels come in runs
  for (; voxel != end; ++voxel) {
    if (*voxel == last) continue;
    last = *voxel;
    seen[last] = true;
  }
  std::vector<std::uint16_t> ids;
  for (std::size_t id = 1; id < seen.size(); ++id)
    if (seen[id]) ids.push_back(static_cast<std::uint16_t>(id));
  return ids;
}

std::array<std::uint8_t, 3> colour_of(std::uint16_t number) {
  const double hue = std::fmod(number * 0.618033988749895, 1.0) * 6.0;  // the golden section of the circle
  const auto channel = [&](double shift) {
    const double k = std::fmod(hue + shift, 6.0);
    const double level = std::min({1.0, std::max(0.0, std::abs(k - 3.0) - 1.0)});
    return static_cast<std::uint8_t>(std::lround(64.0 + 176.0 * level));
  };
  return {channel(0.0), channel(4.0), channel(2.0)};
}

bool is_free(std::uint16_t id) {
  return id != 0 && anatomy::find(id) == nullptr;
}

std::uint16_t free_id(const Structures& taken) {
  for (unsigned id = kFirstForeign; id <= kLast; ++id)
    if (const auto one = static_cast<std::uint16_t>(id); is_free(one) && !taken.contains(one)) return one;
  throw Error(Errc::kInput, "more structures than a label map can number");
}

Structures structures_in(const Labels& labels, const Structures& own) {
  Structures all;
  for (const std::uint16_t id : ids_in(labels)) {
    const auto known = own.find(id);
    const auto* structure = anatomy::find(id);
    if (known != own.end())
      all[id] = known->second;
    else if (structure != nullptr)
      all[id] = {structure->short_name, structure->rgb};
    else
      all[id] = {fmt::format("label {}", id), colour_of(id)};
  }
  return all;
}

}  // namespace ledd::cases
