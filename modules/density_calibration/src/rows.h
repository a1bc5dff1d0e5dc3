#pragma once
#include <string>
#include <vector>

#include "ledd/density_calibration/density_line.h"

#include "discs.h"

namespace ledd::calibration {

/// Rods first..last of a phantom, laid on discs of one slab.
struct Row {
  std::size_t phantom = 0;          ///< In the table.
  std::size_t first = 0, last = 0;  ///< Rods in view; all others lie outside the field.
  std::vector<Spot> centre_mm;      ///< Of rods first..last.
  std::vector<char> seen;           ///< 0: hidden, placed by the pattern.
  double radius_mm = 0.0;           ///< Median of the discs.
  double worst_hu = 0.0;            ///< Largest residual.
  std::string refusal;              ///< Why the values are not this phantom's; empty when they are.
};

/// Every way in which rods of phantoms of the table can lie on the discs: pattern and, where `refusal` is
/// empty, HU. Rows of part of a phantom are listed only where the rest lies outside the field.
std::vector<Row> rows_of(const Slab& slab,
                         const std::vector<Disc>& discs,
                         const std::vector<CalibrationPhantom>& phantoms,
                         const FitDensityLine::Params& limits);

/// Rods seen again and again on parallel lines.
struct Track {
  Row row;                            ///< Of one slab; phantom and rods hold for all.
  std::vector<Spot> at_zero_mm;       ///< Where the axes of rods first..last cross w = 0,
  Spot slope{};                       ///< and how they run, mm per mm.
  std::size_t slabs = 0;              ///< In which they were seen.
  double from_mm = 0.0, to_mm = 0.0;  ///< w of the first and the last of them.
};

/// The track that most slabs agree on for each phantom and its rods in view; the most supported first.
std::vector<Track> tracks_of(const std::vector<Slab>& slabs,
                             const std::vector<std::vector<Row>>& rows,
                             double max_slope);

}  // namespace ledd::calibration
