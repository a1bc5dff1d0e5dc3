#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "ledd/cases/open_case.h"
#include "ledd/label_editing/packed_labels.h"

namespace ledd::viewer {

/// Voxels of a scan as 16-bit integers: half of what they take as they are drawn from.
class PackedScan {
 public:
  /// Takes the voxels out of `scan`, page by page, so that they are never there twice. Nothing when one is no
  /// whole number of 16 bits (or is -0): the scan is then as it was.
  static std::optional<PackedScan> take(Volume& scan);
  /// Puts them back, bit by bit the same. @throws std::bad_alloc
  void give_back(Volume& scan) const;

 private:
  std::unique_ptr<std::int16_t[]> voxels_;
};

/// An open case that waits: scan and labels keep their grids, their voxels are here.
class PackedCase {
 public:
  /// For open_case(): before the scan is read.
  void take(Labels& labels);
  /// Scan and, where they are still there, labels of `opened`.
  void take(cases::OpenCase& opened);
  /// @throws std::bad_alloc
  void give_back(cases::OpenCase& opened) const;

 private:
  std::optional<label_editing::PackedLabels> labels_;
  std::optional<PackedScan> scan_;
};

}  // namespace ledd::viewer
