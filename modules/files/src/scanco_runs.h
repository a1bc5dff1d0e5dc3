#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ledd::files {

/// The kinds of voxels of an AIM that are read; an ISQ has kScanco16.
constexpr std::uint32_t kScanco8 = 0x00010001, kScancoUnsigned8 = 0x000d0001, kScancoUnsigned8b = 0x00160001,
                        kScanco16 = 0x00020002, kScancoUnsigned16 = 0x00170002,
                        kScancoBits = 0x00060001,  ///< A byte holds 2 x 2 x 2 voxels.
    kScancoBitRuns = 0x00150001,                   ///< Two values, and how long each lasts in turn.
    kScancoByteRuns = 0x00080002;                  ///< Pairs of length and value.

struct ScancoData {
  std::string_view bytes;  ///< From the first byte of the voxels to the end of the file.
  std::uint32_t type = 0;
  std::array<std::size_t, 3> size{};
  std::size_t word = 4;  ///< Bytes of the length that leads run-length codes.
};

/// Whether so many voxels can be in these bytes at all, before memory is taken for them.
/// @throws Error{kFormat, kUnsupported}
void require_scanco_data(std::string_view bytes,
                         std::uint32_t type,
                         const std::array<std::size_t, 3>& size,
                         std::size_t word);

/// @throws Error{kFormat}  the runs make more or fewer voxels than there are.
void unpack_scanco(const ScancoData& data, std::span<float> voxels);

}  // namespace ledd::files
