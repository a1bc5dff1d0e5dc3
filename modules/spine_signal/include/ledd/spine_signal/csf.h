#pragma once
#include <optional>
#include <string>

#include "ledd/image/image.h"
#include "ledd/spine_signal/slices.h"

namespace ledd::spine_signal {

/// Signal of cerebrospinal fluid at one level of the spine.
struct CsfSignal {
  std::optional<double> value;  ///< Empty: `reason`.
  std::string reason;
  double se = 0.0;         ///< Delete-one-slice jackknife; 0 with a single slice.
  std::size_t voxels = 0;  ///< That `value` comes from.
  bool clipped = false;    ///< More than 2 % of them have the highest value of the volume.
};

enum class CsfLooks {
  kBright,  ///< T2, STIR: the bright part of the sac, above 0.7 of its 95th percentile.
  kDark     ///< T1: the most frequent value of the sac.
};

/// Where along the spine.
struct LevelBand {
  Point centre_lps_mm{};
  Point superior{0, 0, 1};  ///< Unit vector.
  double half_mm = 8.0;
};

/// Peak-centred mean of the sac (label 61, without its rim of one voxel within the slice) within the band.
/// Fewer than 12 voxels: none.
CsfSignal csf_at(const Volume& volume, const Labels& labels, const LevelBand& band, CsfLooks looks);

}  // namespace ledd::spine_signal
