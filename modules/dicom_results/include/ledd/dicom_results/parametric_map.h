#pragma once
#include <string>

#include "ledd/dicom_results/origin.h"
#include "ledd/image/image.h"

namespace ledd::dicom_results {

/// What the voxels of a map are.
struct MapMeaning {
  std::string name;  ///< "T2": T2, T2*, T1, T1rho, thickness, vBMD; any other gets a code of Ledd's own.
  std::string unit;  ///< UCUM: "ms".
};

/// A map as a DICOM Parametric Map of 32-bit floats, a frame for each slice of the source.
///
/// Method   A voxel without value (NaN) holds the padding value that FloatPixelPaddingValue declares: 0 where
///          no measured value is 0, else a whole number below the smallest. NaN itself is legal in the file,
///          but viewers take their window from all numbers and then show nothing.
/// Source   PS3.3 A.75.
/// @param map  On the grid of `origin.source`.
/// @return     Bytes of the file.
/// @throws Error{kInput}  another grid, an infinite value, no value at all, or no name or unit; as
///                        segmentation() of the source.
std::string parametric_map(const Volume& map, const MapMeaning& meaning, const Origin& origin);

}  // namespace ledd::dicom_results
