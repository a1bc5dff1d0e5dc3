#pragma once
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace ledd::files {

/// What the header of a Scanco file (AIM, ISQ) says of a scan. Lengths in mm; axes are those of the scanner:
/// the file knows nothing of left and right.
struct ScancoHeader {
  std::string version;  ///< "AIM V020", "AIM V030" or "ISQ".
  std::array<std::size_t, 3> size{};
  std::array<double, 3> spacing_mm{};
  std::array<double, 3> first_voxel_mm{};  ///< Of an AIM from its position in the scan; of an ISQ 0, 0, z.
  /// Linear attenuation in 1/cm is the number in the file over `mu_scaling`. Masks: 1.
  double mu_scaling = 1.0;
  /// Density in `density_unit` is slope times linear attenuation plus intercept.
  std::optional<double> density_slope{}, density_intercept{};
  std::string density_unit{};  ///< As the file has it: "mg HA/ccm".
  std::optional<double> mu_water_per_cm{};
  std::optional<double> energy_kv{}, intensity_ua{}, integration_ms{};
  std::optional<long> scanner_id{}, scanner_type{}, site{}, patient_index{}, measurement_index{};
};

/// .aim and .isq in any case, also with a version of VMS behind (.AIM;1).
bool is_scanco_file(const std::filesystem::path& path);

/// Source   Formats as published in the Scanco readers of VTK and ITK; lengths and counts of a header are
/// held
///          against the file before anything is read.
/// @throws Error{kNotFound, kPermission}
/// @throws Error{kFormat}       not such a file, or cut off, or a size or spacing that cannot be.
/// @throws Error{kUnsupported}  a kind of voxel that is not read (AIM: only 8 and 16 bit, and the packed
/// kinds).
ScancoHeader read_scanco_header(const std::filesystem::path& path);

}  // namespace ledd::files
