#pragma once
#include <array>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"

/// The coronal and the axial view of a sagittal stack: the same as tools/train/knee/cross.py, step by step.
namespace ledd::knee {

inline constexpr double kCubeMm = 0.7;
inline constexpr float kLeastShare = 1e-5F;  ///< What a class has at least, before logarithms are taken.

/// A part of a stack, each axis (posterior, inferior, slices) as shares 0..1 of its length.
struct Part {
  std::array<double, 3> from{0.0, 0.0, 0.0}, to{1.0, 1.0, 1.0};
};

/// The classes as both views see them, one network for both: slabs of five coronal and of five axial slices
/// of cubes of kCubeMm, every second slice; linear between what was looked at.
class CrossViews {
 public:
  /// @param sagittal  Axes posterior, inferior, left or right.
  /// @param part      Where to look.
  /// @throws Error{kFormat}  the network has another number of outputs.
  CrossViews(const Volume& sagittal, const Part& part, const std::string& onnx, Context& context);

  /// The mean of both views' log shares in slice z of the stack: class by class, pixel by pixel. Outside of
  /// the part, those of the nearest place that was looked at.
  std::vector<float> log_shares(long z) const;

 private:
  /// Linear between two places, for one pixel along an axis.
  struct Between {
    std::size_t low = 0, high = 0;
    float of_high = 0.0F;
  };
  /// The logarithms of what one view says: [class][slice][inferior][posterior] at the places that it looked
  /// at.
  struct View {
    std::array<int, 3> count{};
    std::array<std::vector<Between>, 3> pixels;  ///< Of the stack, along each axis.
    std::vector<float> values;
  };
  struct Cubes;

  View look(const Cubes& cubes, unsigned axis, const std::string& onnx, Context& context) const;
  void add(const View& view, long z, std::vector<float>& sum) const;

  std::array<std::size_t, 3> pixels_{};
  std::array<int, 3> first_{}, end_{};  ///< Of the cubes that are looked at.
  std::array<View, 2> views_;
};

}  // namespace ledd::knee
