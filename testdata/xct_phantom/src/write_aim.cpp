#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "ledd/xct_phantom/xct_phantom.h"

namespace ledd::phantom {
namespace {

constexpr double kMuScaling = 8192.0, kSlope = 1603.51904, kIntercept = -391.209015;

void put(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

std::string log_of() {
  std::string log = "! Processing Log\n";
  const auto line = [&](const char* key, const std::string& value) {
    log += fmt::format("{:<30}{:>23}\n", key, value);
  };
  line("Created by", "ledd-phantom");
  line("Energy [V]", "68000");
  line("Intensity [uA]", "1470");
  line("Mu_Scaling", fmt::format("{:.0f}", kMuScaling));
  line("HU: mu water", "0.24090");
  line("Density: unit", "mg HA/ccm");
  line("Density: slope", fmt::format("{:.8e}", kSlope));
  line("Density: intercept", fmt::format("{:.8e}", kIntercept));
  return log;
}

}  // namespace

std::string as_aim(const Volume& density) {
  constexpr std::size_t kLengths = 20, kHeader = 140;
  constexpr std::uint32_t kShort = 0x00020002;
  const std::string log = log_of();
  std::string bytes(kLengths + kHeader, '\0');
  const auto size = density.GetLargestPossibleRegion().GetSize();
  const std::size_t count = size[0] * size[1] * size[2];
  put(bytes, 0, kLengths);
  put(bytes, 4, kHeader);
  put(bytes, 8, static_cast<std::uint32_t>(log.size()));
  put(bytes, 12, static_cast<std::uint32_t>(2 * count));
  put(bytes, kLengths + 20, kShort);
  for (unsigned axis = 0; axis < 3; ++axis) {
    put(bytes, kLengths + 36 + 4 * axis, static_cast<std::uint32_t>(size[axis]));
    // a VAX float: four times the value in IEEE, its halves changed places
    const auto ieee = std::bit_cast<std::uint32_t>(static_cast<float>(4.0 * density.GetSpacing()[axis]));
    put(bytes, kLengths + 108 + 4 * axis, ieee << 16U | ieee >> 16U);
  }
  bytes += log;
  const std::size_t data = bytes.size();
  bytes.resize(data + 2 * count);
  for (std::size_t n = 0; n < count; ++n) {
    const double number = (density.GetBufferPointer()[n] - kIntercept) / kSlope * kMuScaling;
    const auto stored = static_cast<std::int16_t>(std::clamp(std::round(number), -32768.0, 32767.0));
    std::memcpy(bytes.data() + data + 2 * n, &stored, 2);
  }
  return bytes;
}

}  // namespace ledd::phantom
