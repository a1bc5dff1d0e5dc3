#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ledd/core/config.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd::phantom {

/// What a series of drawn images says of itself, beyond geometry and pixels.
struct DicomSeries {
  std::string person;   ///< Series with the same text share study and frame of reference.
  std::string content;  ///< Series with the same text are the same series.
  std::string part;     ///< Tells the images of several volumes of one series (echoes) apart; may be empty.
  int first_instance = 1;  ///< InstanceNumber of the first slice.
  double thickness_mm = 1.0;
  double pitch_mm = 1.0;
  bool ct = false;                  ///< CT Image Storage, in HU; else MR Image Storage.
  double intercept = 0.0;           ///< RescaleIntercept of a CT: stored number = value - intercept.
  std::size_t left_out = SIZE_MAX;  ///< Slice that is not written.
  /// DICOM keyword and value; text even where the number is binary.
  std::vector<std::pair<std::string, std::string>> attributes;
};

/// Writes one classical MR or CT Image Storage file per slice into `folder` (made if need be). File names do
/// not follow the order of the slices. UIDs are derived from the texts of `series`.
/// @param image  Whole numbers; less the intercept from 0 to 65535.
/// @throws Error{kCreate, kIo}  the folder or a file cannot be written.
void write_dicom_series(const Volume& image, const DicomSeries& series, const std::filesystem::path& folder);

/// A decimal string: at most 16 characters, as exact as that allows.
std::string decimal(double value);

/// Every parameter by name and value, one a line.
template <class P>
std::string text_of(const P& params) {
  std::string text;
  for (const auto& [name, value] : P::table().dump(params)) text += name + "=" + to_text(value) + "\n";
  return text;
}

}  // namespace ledd::phantom
