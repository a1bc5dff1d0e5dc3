#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "header.h"

namespace ledd::dicom {

/// The decoded pixel data of one file.
class Pixels {
 public:
  /// Reads and decodes all frames.
  /// @throws Error{kInput}  the file cannot be read, or its pixel data are short or corrupt; names the file.
  explicit Pixels(const Facts& facts);
  ~Pixels();
  Pixels(const Pixels&) = delete;
  Pixels& operator=(const Pixels&) = delete;

  /// Writes `slope * stored + intercept` for one frame, rows x columns values. Stored values are the
  /// BitsStored bits that end at HighBit, sign-extended when signed; what other bits hold (overlays, noise)
  /// is dropped.
  void rescale(unsigned frame, double slope, double intercept, float* to) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ledd::dicom
