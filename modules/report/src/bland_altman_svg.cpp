#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/report/repeatability_page.h"

#include "svg.h"

namespace ledd::report {
namespace {

constexpr double kWidth = 400, kHeight = 300, kLeft = 62, kRight = 14, kTop = 30, kBottom = 44;

Axis means_axis(const AgreementPlot& plot) {
  Axis axis;
  for (const auto& [first, second] : plot.pairs) axis.hold((first + second) / 2.0);
  axis.widen(0.05);
  axis.from_px = kLeft;
  axis.to_px = kWidth - kRight;
  return axis;
}

Axis differences_axis(const AgreementPlot& plot) {
  Axis axis;
  axis.hold(0.0);
  for (const auto& [first, second] : plot.pairs) axis.hold(second - first);
  axis.hold(plot.agreement.low_range.low);
  axis.hold(plot.agreement.high_range.high);
  axis.widen(0.06);
  axis.from_px = kHeight - kBottom;
  axis.to_px = kTop;
  return axis;
}

std::string band(const Axis& y, const statistics::Interval& range, const char* name) {
  const double top = y(range.high), bottom = y(range.low);
  return fmt::format(R"(<rect class="{}" x="{:g}" y="{:.1f}" width="{:g}" height="{:.1f}"/>)",
                     name,
                     kLeft,
                     top,
                     kWidth - kLeft - kRight,
                     std::max(0.0, bottom - top));
}

std::string across(const Axis& y, double value, const char* name) {
  return fmt::format(R"(<line class="{}" x1="{:g}" x2="{:g}" y1="{:.1f}" y2="{:.1f}"/>)",
                     name,
                     kLeft,
                     kWidth - kRight,
                     y(value),
                     y(value));
}

std::string axes(const Axis& x, const Axis& y, const std::string& unit) {
  const std::string in_unit = unit == "1" ? "" : fmt::format(" ({})", escaped(unit));
  std::string svg;
  for (const Tick& tick : ticks(x, 6))
    svg += fmt::format(
        R"(<line class="tick" x1="{0:.1f}" x2="{0:.1f}" y1="{1:g}" y2="{2:g}"/><text x="{0:.1f}" y="{3:g}" text-anchor="middle">{4}</text>)",
        x(tick.value),
        kHeight - kBottom,
        kHeight - kBottom + 4,
        kHeight - kBottom + 16,
        tick.text);
  for (const Tick& tick : ticks(y, 6))
    svg += fmt::format(
        R"(<line class="tick" x1="{1:g}" x2="{2:g}" y1="{0:.1f}" y2="{0:.1f}"/><text x="{3:g}" y="{4:.1f}" text-anchor="end">{5}</text>)",
        y(tick.value),
        kLeft - 4,
        kLeft,
        kLeft - 7,
        y(tick.value) + 4,
        tick.text);
  svg += fmt::format(
      R"(<path class="axis" d="M{:g} {:g}V{:g}H{:g}"/>)", kLeft, kTop, kHeight - kBottom, kWidth - kRight);
  svg += fmt::format(R"(<text x="{:g}" y="{:g}" text-anchor="middle">mean of first and second{}</text>)",
                     (kLeft + kWidth - kRight) / 2,
                     kHeight - 8,
                     in_unit);
  svg += fmt::format(
      R"svg(<text transform="translate(13 {:g}) rotate(-90)" text-anchor="middle">second minus first{}</text>)svg",
      (kTop + kHeight - kBottom) / 2,
      in_unit);
  return svg;
}

}  // namespace

std::string bland_altman_svg(const AgreementPlot& plot) {
  require(!plot.pairs.empty() && plot.names.size() == plot.pairs.size(),
          Errc::kInput,
          fmt::format("a plot of {} pairs with {} names", plot.pairs.size(), plot.names.size()));
  const Axis x = means_axis(plot), y = differences_axis(plot);
  const auto& found = plot.agreement;
  std::string svg = fmt::format(
      R"(<svg class="plot" viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}" role="img" aria-label="{}: bias {}, limits of agreement {} to {} {}">)",
      kWidth,
      kHeight,
      kWidth,
      kHeight,
      escaped(plot.title),
      short_number(found.bias),
      short_number(found.limits.low),
      short_number(found.limits.high),
      escaped(plot.unit));
  svg += fmt::format(R"(<text class="title" x="{:g}" y="18">{}</text>)", kLeft, escaped(plot.title));
  svg += band(y, found.low_range, "band") + band(y, found.high_range, "band") +
         band(y, found.bias_range, "band bias");
  svg += axes(x, y, plot.unit);
  svg += across(y, 0.0, "zero") + across(y, found.limits.low, "limit") +
         across(y, found.limits.high, "limit") + across(y, found.bias, "bias");
  for (std::size_t n = 0; n < plot.pairs.size(); ++n) {
    const auto& [first, second] = plot.pairs[n];
    svg += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3.2"><title>{}: {} then {} {}</title></circle>)",
                       x((first + second) / 2.0),
                       y(second - first),
                       escaped(plot.names[n]),
                       short_number(first),
                       short_number(second),
                       escaped(plot.unit));
  }
  return svg + "</svg>";
}

}  // namespace ledd::report
