#pragma once
#include <array>
#include <cstdint>

namespace ledd::dicom_results {

/// An sRGB colour as CIELab of the profile connection space (D50), scaled to 16 bits (PS3.3 C.10.7.1.1).
std::array<std::uint16_t, 3> dicom_lab(const std::array<std::uint8_t, 3>& rgb);

/// The other way; a colour that sRGB does not have becomes one at its border.
std::array<std::uint8_t, 3> rgb_of(const std::array<std::uint16_t, 3>& lab);

}  // namespace ledd::dicom_results
