#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ledd/knee_phantom/params.h"

namespace ledd::knee_phantom {

enum class Tissue : std::uint8_t {
  kAir,
  kSkin,
  kFat,
  kMuscle,
  kMarrow,
  kCortex,
  kCartilage,
  kMeniscus,
  kFluid,
  kTendon,
  kVoid,
  kCount
};
inline constexpr std::size_t kTissues = static_cast<std::size_t>(Tissue::kCount);

struct TissueValues {
  std::string_view name;
  double density = 0, t1_ms = 1, t2_ms = 1;
  bool fat = false;
};
const TissueValues& values_of(std::size_t tissue);

inline constexpr double kDessTrMs = 17.0, kDessTeMs = 5.0, kDessFlipDeg = 25.0, kSpinEchoTrMs = 2000.0;

std::vector<double> echo_times_ms(const ScanParams& scan);

/// Signal of a full voxel per echo and tissue, before coil and noise; the brightest of the first echo is 1.
std::vector<std::array<double, kTissues>> signals(const ScanParams& scan);

}  // namespace ledd::knee_phantom
