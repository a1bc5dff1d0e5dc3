#pragma once
#include <map>
#include <vector>

#include "ledd/axspa_layout/axspa_layout.h"
#include "ledd/spine_signal/spine_signal.h"

namespace ledd::axspa {

/// A bright part of one body in one slice.
struct Lesion {
  int slice = 0;
  std::vector<std::size_t> members;  ///< Positions in the body's voxels, ascending.
};

/// A body ready for judgement.
struct Judged {
  const spine_signal::Marrow* body = nullptr;
  std::vector<std::size_t> positions;  ///< Of voxels beyond the skipped layer, the vein's wedge too.
  std::vector<float> z;
  std::vector<bool> fat;  ///< By position; empty without T1.
};

/// Connected bright parts, the vein and fat taken out.
std::vector<Lesion> lesions_of(const spine_signal::Slices& slices,
                               const Judged& judged,
                               const AxspaLayout::Params& p);

/// Half of a body in one slice, as a DVU sees it: anterior and posterior quadrant.
struct Half {
  std::array<AxspaLayout::Quadrant, 2> quadrants{};
  std::vector<spine_signal::Offset> voxels;
};

/// What the lesions of one body put into its upper (or lower) half in `slice`. `csf`: signal that is
/// intense, or none.
struct HalfQuery {
  int slice = 0;
  bool upper_half = false;
  std::optional<double> intense_from;
};
Half half_of(const spine_signal::Slices& slices,
             const Volume& stir,
             const Judged& judged,
             const std::pair<const std::vector<Lesion>&, HalfQuery>& lesions,
             const AxspaLayout::Params& p);

}  // namespace ledd::axspa
