#pragma once
#include <memory>
#include <string_view>
#include <vector>

namespace ledd {

/// A stack of equally large planes, row by row: `values[(channel * height + row) * width + column]`.
struct Planes {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;
};

/// A two-dimensional network read from ONNX and run on the processor.
///
/// Method   OpenCV's dnn module, 32-bit floats; its threads come from the TBB arena of the caller.
/// Limits   One forward pass at a time per object; copies share nothing, so give each thread its own.
class Network2D {
 public:
  /// @throws Error{kFormat}  `onnx` is not a network that can be run here.
  explicit Network2D(std::string_view onnx);
  ~Network2D();
  Network2D(Network2D&&) noexcept;
  Network2D& operator=(Network2D&&) noexcept;

  /// @param input  Planes whose height and width are multiples of what the network halves to (16 for four
  /// halvings).
  /// @return       The raw output (logits), of the same height and width.
  /// @throws Error{kInput}    `values` does not hold channels x height x width numbers.
  /// @throws Error{kNumeric}  the output holds a number that is not finite.
  Planes operator()(const Planes& input);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ledd
