#pragma once
#include <itkImage.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace ledd {

/// The three pixel types of the suite; every ITK filter is instantiated for these and no others.
using Volume = itk::Image<float, 3>;          ///< Intensities. Physical space is LPS, millimetres.
using Mask = itk::Image<std::uint8_t, 3>;     ///< 0 outside, 1 inside.
using Labels = itk::Image<std::uint16_t, 3>;  ///< 0 background, 1..65535 objects.

using Point = std::array<double, 3>;  ///< A position or direction; its name ends in _lps_mm, _vox, ...

/// Throws Error{kInput} unless both images have the same size, origin, spacing and direction
/// (tolerance 1e-5 of a voxel, 1e-5 for direction cosines). `what` names the pair in the message.
void require_same_grid(const itk::ImageBase<3>& a, const itk::ImageBase<3>& b, std::string_view what);

/// The anatomical direction in which an image axis runs, to the nearest of the six.
enum class Toward : char {
  kLeft = 'L',
  kRight = 'R',
  kAnterior = 'A',
  kPosterior = 'P',
  kSuperior = 'S',
  kInferior = 'I'
};

/// Directions of the axes i, j, k, each to the nearest anatomical one: {P, I, L} for a sagittal DICOM stack.
/// @throws Error{kInput}  two axes are nearest to the same anatomical axis.
std::array<Toward, 3> axes_of(const itk::ImageBase<3>& image);

/// The same voxels with axes permuted and flipped so that axes_of(result) == wanted. No resampling: every
/// voxel keeps its value and its physical position.
/// @throws Error{kInput}  `wanted` names an anatomical axis twice.
Volume::Pointer reorient(const Volume& image, std::array<Toward, 3> wanted);
Labels::Pointer reorient(const Labels& image, std::array<Toward, 3> wanted);

}  // namespace ledd
