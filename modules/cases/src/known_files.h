#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "ledd/cases/plan_cache.h"
#include "ledd/files/scanco.h"
#include "ledd/image/image.h"

namespace ledd::cases {

/// SHA-256 of an input file, read only where `known`, which may be null, does not tell.
/// @throws Error{kNotFound, kPermission, kIo}
std::string digest_of(const std::filesystem::path& path, PlanCache* known);

/// What a survey needs of an image file: that it can be read, and its geometry.
struct ImageFacts {
  std::string problem;  ///< Why it cannot be read; the rest is empty then.
  std::array<std::uint64_t, 3> size{};
  std::array<double, 3> spacing_mm{}, origin_lps_mm{};
  std::array<double, 9> direction{};  ///< Row by row.
  std::optional<files::ScancoHeader> scanco;
};

/// Reads the file, all of it, where `known`, which may be null, does not tell.
ImageFacts image_facts(const std::filesystem::path& path, PlanCache* known);

/// An image without voxels.
itk::ImageBase<3>::Pointer grid_of(const ImageFacts& facts);

}  // namespace ledd::cases
