#pragma once
#include <array>

#include "ledd/image/image.h"

/// What goes wrong with scans, done to good ones.
namespace ledd::spoil {

/// Planes `first` to `first + count - 1` of the axis that runs nearest to `along` (or against it), counted in
/// that direction. Positions stay.
Volume::Pointer kept(const Volume& scan, Toward along, std::size_t first, std::size_t count);

/// What is bright becomes dark between the first and the last bright voxel of each row; the air stays dark.
Volume::Pointer inverted(const Volume& scan);

/// An ellipsoid with axes along the patient's.
struct Ellipsoid {
  Point centre_lps_mm{};
  Point radii_lps_mm{};
};

/// Voxels inside become 0.
Volume::Pointer blanked(const Volume& scan, const Ellipsoid& hole);

/// Metal: no signal inside, and what lay there piled up as a bright rim, with the tissue around bent outwards
/// up to 1.5 radii.
Volume::Pointer with_metal(const Volume& scan, const Ellipsoid& metal);

}  // namespace ledd::spoil
