#include "svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ledd::report {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return safe;
}

std::string short_number(double value) {
  return fmt::format("{:.4g}", value);
}

void Axis::hold(double value) {
  low = std::min(low.value_or(value), value);
  high = std::max(high.value_or(value), value);
}

void Axis::widen(double share) {
  const double range = *high - *low;
  const double room = range > 0.0 ? share * range : std::max(1e-6, std::abs(*high) * 0.05);
  *low -= room;
  *high += room;
}

std::vector<Tick> ticks(const Axis& axis, int most) {
  const double range = *axis.high - *axis.low;
  double step = std::pow(10.0, std::floor(std::log10(range / most)));
  for (const double factor : {2.0, 2.5, 2.0})  // 1, 2, 5, 10
    if (range / step > most) step *= factor;
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  std::vector<Tick> marks;
  for (double value = std::ceil(*axis.low / step) * step; value <= *axis.high + 1e-9 * range; value += step) {
    const double at = std::abs(value) < 1e-9 * step ? 0.0 : value;
    marks.push_back({at, fmt::format("{:.{}f}", at, decimals)});
  }
  return marks;
}

}  // namespace ledd::report
