#pragma once
#include <cstdint>

/// Ids of the compartments of a bone; see anatomy.h.
namespace ledd::anatomy {

inline constexpr std::uint16_t kCorticalCompartment = 221, kTrabecularCompartment = 222;

}  // namespace ledd::anatomy
