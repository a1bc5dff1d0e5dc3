#pragma once
#include <array>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/inference/inference.h"

/// The network's input: the same as tools/train/knee/prepare.py, step by step.
namespace ledd::knee {

inline constexpr double kWorkMm = 0.45;
inline constexpr int kSlabSlices = 5;

/// A part of a working slice, in pixels of kWorkMm.
struct Window {
  int x = 0, y = 0, width = 0, height = 0;
};

/// Rows and columns of a working slice.
struct WorkSize {
  int rows = 0, columns = 0;
  std::size_t at(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
};
WorkSize working_size(const Volume& sagittal);

/// The slices that are seen together, as offsets from the one in the middle.
std::array<long, kSlabSlices> slab_offsets(double slice_mm);

/// One slice (rows x columns, row by row) on another number of pixels that share their outer edges: the mean
/// over each new pixel along an axis that gets fewer, linear along one that gets more.
/// @param area  Along rows (y) and columns (x): by area, not linear.
struct Resize {
  WorkSize from, to;
  bool area_x = false, area_y = false;
};
std::vector<float> resized(const float* slice, const Resize& how);

/// Five planes of `size` seen together, divided by the 95th percentile of all their pixels and clipped to
/// 0..3; the window of them, padded below and to the right with zeros to multiples of 32.
Planes slab_of(const std::array<const float*, kSlabSlices>& planes,
               const WorkSize& size,
               const Window& window);

/// Every slice of a volume with axes posterior, inferior, left or right, on working pixels.
class WorkingSlices {
 public:
  explicit WorkingSlices(const Volume& sagittal);
  WorkSize size() const { return size_; }
  long count() const { return static_cast<long>(slices_.size()); }

  /// Five slices about z, those at the end repeated beyond it; see slab_of().
  Planes slab(long z, const Window& window) const;

 private:
  WorkSize size_;
  std::array<long, kSlabSlices> offsets_{};
  std::vector<std::vector<float>> slices_;
};

}  // namespace ledd::knee
