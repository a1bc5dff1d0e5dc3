#pragma once
#include <cstdint>

/// Ids of the muscles beside the spine, as axial images show them; see anatomy.h.
namespace ledd::anatomy {

inline constexpr std::uint16_t kMultifidusR = 251, kMultifidusL = 252;
inline constexpr std::uint16_t kErectorSpinaeR = 253, kErectorSpinaeL = 254;
inline constexpr std::uint16_t kPsoasR = 255, kPsoasL = 256;

}  // namespace ledd::anatomy
