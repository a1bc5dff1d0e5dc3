#pragma once
#include <optional>
#include <vector>

#include "straight.h"

namespace ledd::canal {

/// Front and back edge of the sac at every station of a sheet, as columns; -1 where there is no sac.
struct Edges {
  std::vector<long> front, back;
  /// The back edge without the fat triangles behind the dura: a taut string. The laminae hold the dura
  /// between them, fat bulges out behind it.
  std::vector<double> dura;
};

struct DepthRange {
  double min_mm = 4.0, max_mm = 22.0;
};

/// What a sheet beside the path is judged by.
struct Beside {
  const Edges* inner = nullptr;  ///< On the next sheet nearer to the path: the sac narrows to its sides, is
                                 ///< nowhere where it was not there already, and may end.
  const std::vector<double>* half_filled = nullptr;  ///< Per station, the mean brightness below which a slice
                                                     ///< holds less than half of sac.
};

/// The pair of edges of largest total score.
///
/// @param x       Relative brightness: 1 fluid, 0 the dark tissue beside it.
/// @param beside  Null on the path's own sheet, where there is sac at every station.
Edges find_edges(const Sheet& x, const DepthRange& depth, const Beside* beside);

/// Where an edge found at `column` lies between samples: the gradient's centre near it. `rising` toward the
/// back.
double refined_mm(const Sheet& x, std::size_t s, long column, bool rising);

/// The dura at the back: the refined edge, or the taut string where fat was cut off and there is no edge to
/// go to.
double dura_mm(const Sheet& x, const Edges& edges, std::size_t s);

}  // namespace ledd::canal
