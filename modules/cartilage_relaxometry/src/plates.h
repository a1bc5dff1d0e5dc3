#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "ledd/anatomy/knee.h"

namespace ledd::cartilage {

/// Each plate with the bone that bears it.
inline constexpr std::array<std::pair<std::uint16_t, std::uint16_t>, 4> kPlates{
    {{anatomy::kFemoralCartilage, anatomy::kFemur},
     {anatomy::kMedialTibialCartilage, anatomy::kTibia},
     {anatomy::kLateralTibialCartilage, anatomy::kTibia},
     {anatomy::kPatellarCartilage, anatomy::kPatella}}};

inline bool is_plate(std::uint16_t id) {
  return std::any_of(kPlates.begin(), kPlates.end(), [&](const auto& p) { return p.first == id; });
}

}  // namespace ledd::cartilage
