#pragma once
#include <cstdint>

/// Ids of the structures of a knee, and its side; see anatomy.h.
namespace ledd::anatomy {

inline constexpr std::uint16_t kFemur = 201, kFemoralCartilage = 202;
inline constexpr std::uint16_t kTibia = 203, kMedialTibialCartilage = 204, kLateralTibialCartilage = 205;
inline constexpr std::uint16_t kPatella = 206, kPatellarCartilage = 207;
inline constexpr std::uint16_t kMedialMeniscus = 208, kLateralMeniscus = 209;

enum class Side { kRight, kLeft };

}  // namespace ledd::anatomy
