#pragma once
#include <cstdint>

/// Ids of bones and of their compartments; see anatomy.h.
namespace ledd::anatomy {

inline constexpr std::uint16_t kProximalFemurRight = 211, kProximalFemurLeft = 212;
inline constexpr std::uint16_t kCorticalCompartment = 221, kTrabecularCompartment = 222;
/// Of a calibration phantom, in order of density.
inline constexpr std::uint16_t kFirstRod = 231, kMostRods = 10;

}  // namespace ledd::anatomy
