#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What drawings in SVG share.
namespace ledd::report {

/// For HTML and SVG, in text and in attributes.
std::string escaped(std::string_view text);

/// At most four digits that matter: "12.35", "-0.0021".
std::string short_number(double value);

/// From values to pixels.
struct Axis {
  std::optional<double> low, high;
  double from_px = 0.0, to_px = 1.0;

  void hold(double value);
  /// Adds this share of the range at either end; some room where all values are the same.
  void widen(double share);
  double operator()(double value) const noexcept {
    return from_px + (value - *low) / (*high - *low) * (to_px - from_px);
  }
};

struct Tick {
  double value;
  std::string text;
};

/// Round numbers within the axis, at most `most` of them.
std::vector<Tick> ticks(const Axis& axis, int most);

}  // namespace ledd::report
