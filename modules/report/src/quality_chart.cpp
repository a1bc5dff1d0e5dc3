#include "quality_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ledd/core/error.h"

namespace ledd::report {
namespace {

constexpr double kWidth = 900, kLeft = 78, kRight = 46, kTop = 22;
constexpr double kDrawnLimits = 3.0;
constexpr double kPlot = 200, kCusum = 84, kBetween = 34, kBottom = 30;

/// Data to the picture's units along one axis.
struct Axis {
  double low = 0.0, high = 1.0, from = 0.0, to = 1.0;
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

Axis axis(double low, double high, double from, double to) {
  if (!(high > low)) {
    const double half = std::max(std::fabs(low) * 0.01, 0.5);
    low -= half;
    high += half;
  }
  return {low, high, from, to};
}

/// 1, 2 or 5 times a power of ten, so that about `count` steps fit.
double nice_step(double range, int count) {
  const double raw = range / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10.0 * power;
}

struct Drawing {
  const QualityChart& chart;
  Axis x, y, sum;
  bool has_cusum = false;
  double cusum_limit = 5.0;
  std::string svg;

  void line(double x1, double y1, double x2, double y2, const char* kind) {
    svg += fmt::format(
        R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)", kind, x1, y1, x2, y2);
  }
  void text(double px, double py, const char* kind, const std::string& what) {
    svg += fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>)", kind, px, py, escaped(what));
  }
};

Axis values_axis(const QualityChart& chart) {
  double low = chart.points.front().value, high = low;
  for (const QualityPoint& p : chart.points) {
    low = std::min(low, p.value);
    high = std::max(high, p.value);
  }
  for (const QualityLimits& l : chart.limits) {
    low = std::min(low, l.centre - 3.3 * l.sd);
    high = std::max(high, l.centre + 3.3 * l.sd);
  }
  const double margin = 0.06 * (high - low);
  return axis(low - margin, high + margin, kTop + kPlot, kTop);
}

Axis days_axis(const QualityChart& chart) {
  double low = chart.points.front().day, high = low;
  for (const QualityPoint& p : chart.points) {
    low = std::min(low, p.day);
    high = std::max(high, p.day);
  }
  return axis(low, high, kLeft, kWidth - kRight);
}

Axis sums_axis(const QualityChart& chart, double limit) {
  double most = 1.2 * limit;
  for (const QualityPoint& p : chart.points) most = std::max({most, 1.05 * p.cusum_high, 1.05 * p.cusum_low});
  most = std::min(most, kDrawnLimits * limit);  // a sum that runs away must not flatten its limits
  const double top = kTop + kPlot + kBetween;
  return axis(-most, most, top + kCusum, top);
}

void draw_limits(Drawing& d) {
  for (const QualityLimits& l : d.chart.limits) {
    const double left = d.x.at(l.from_day) - 5, right = d.x.at(l.to_day) + 5;
    for (const int sds : {3, 2, 1}) {
      const double top = d.y.at(l.centre + sds * l.sd), bottom = d.y.at(l.centre - sds * l.sd);
      d.svg += fmt::format(R"(<rect class="s{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)",
                           sds,
                           left,
                           top,
                           right - left,
                           bottom - top);
    }
    d.line(left, d.y.at(l.centre), right, d.y.at(l.centre), "centre");
    for (const int sds : {3, -3})
      d.line(left, d.y.at(l.centre + sds * l.sd), right, d.y.at(l.centre + sds * l.sd), "limit");
  }
  if (d.chart.limits.empty()) return;
  const QualityLimits& last = d.chart.limits.back();
  constexpr double kRoom = 13;  // of a line of text
  const bool narrow = std::fabs(d.y.at(last.sd) - d.y.at(0.0)) < kRoom;
  for (const int sds : {3, 2, -2, -3})
    if (!narrow || std::abs(sds) == 3)
      d.text(
          kWidth - kRight + 8, d.y.at(last.centre + sds * last.sd) + 4, "small", fmt::format("{:+} s", sds));
}

void draw_values_scale(Drawing& d) {
  const double step = nice_step(d.y.high - d.y.low, 5);
  for (double tick = std::ceil(d.y.low / step) * step; tick <= d.y.high; tick += step) {
    d.line(kLeft - 8, d.y.at(tick), kLeft - 4, d.y.at(tick), "axis");
    d.text(kLeft - 12, d.y.at(tick) + 4, "scale", number_text(tick, step));
  }
  d.line(kLeft - 8, kTop, kLeft - 8, kTop + kPlot, "axis");
}

/// The first and last day, and as many of the runs' days between as have room.
void draw_days(Drawing& d, double y) {
  constexpr double kRoom = 88;
  std::vector<double> taken;
  const auto write = [&](const QualityPoint& p) {
    const double x = d.x.at(p.day);
    if (std::any_of(taken.begin(), taken.end(), [&](double t) { return std::fabs(t - x) < kRoom; })) return;
    taken.push_back(x);
    d.line(x, y, x, y + 4, "axis");
    d.text(x, y + 17, "day", p.date.substr(0, 10));
  };
  write(d.chart.points.front());
  write(d.chart.points.back());
  for (const QualityPoint& p : d.chart.points) write(p);
  d.line(kLeft - 8, y, kWidth - kRight + 5, y, "axis");
}

void draw_marks(Drawing& d, const std::vector<QualityMark>& marks, double bottom) {
  int number = 0;
  for (const QualityMark& mark : marks) {
    ++number;
    if (mark.day < d.x.low || mark.day > d.x.high) continue;
    const double x = d.x.at(mark.day);
    d.line(x, kTop - 4, x, bottom, "mark");
    d.text(x, kTop - 8, "badge", fmt::format("{}", number));
  }
}

std::string tooltip(const QualityPoint& p, const std::string& unit) {
  return fmt::format("<title>{}: {:.6g} {}, case {}{}{}</title>",
                     escaped(p.date),
                     p.value,
                     escaped(unit),
                     escaped(p.case_id),
                     p.baseline ? ", baseline" : "",
                     p.rules.empty() ? std::string() : ", " + escaped(p.rules));
}

void draw_points(Drawing& d) {
  std::string path;
  for (const QualityPoint& p : d.chart.points)
    path += fmt::format("{:.1f},{:.1f} ", d.x.at(p.day), d.y.at(p.value));
  d.svg += fmt::format(R"(<polyline class="run" points="{}"/>)", path);
  double last_label = -1e9;
  for (const QualityPoint& p : d.chart.points) {
    const double x = d.x.at(p.day), y = d.y.at(p.value);
    const bool alarm = !p.rules.empty();
    if (alarm)
      d.svg += fmt::format(R"(<path class="alarm" d="M{0:.1f} {1:.1f}l6 6l-6 6l-6 -6z">{2}</path>)",
                           x,
                           y - 6,
                           tooltip(p, d.chart.unit));
    else
      d.svg += fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3.6">{}</circle>)",
                           p.baseline ? "base" : "point",
                           x,
                           y,
                           tooltip(p, d.chart.unit));
    if (!alarm || x - last_label < 62) continue;  // names of rules must not lie over one another
    d.text(x, y < kTop + 24 ? y + 20 : y - 11, "rule", p.rules);
    last_label = x;
  }
}

void draw_cusum(Drawing& d) {
  d.line(kLeft - 8, d.sum.at(0), kWidth - kRight + 5, d.sum.at(0), "axis");
  for (const double sign : {1.0, -1.0}) {
    const double y = d.sum.at(sign * d.cusum_limit);
    d.line(kLeft - 8, y, kWidth - kRight + 5, y, "limit");
    d.text(kLeft - 12, y + 4, "scale", fmt::format("{:+g} s", sign * d.cusum_limit));
    std::string path;
    for (const QualityPoint& p : d.chart.points)
      path += fmt::format("{:.1f},{:.1f} ",
                          d.x.at(p.day),
                          d.sum.at(sign * std::min(d.sum.high, sign > 0 ? p.cusum_high : p.cusum_low)));
    d.svg += fmt::format(R"(<polyline class="{}" points="{}"/>)", sign > 0 ? "up" : "down", path);
  }
  d.text(kLeft - 8,
         d.sum.to - 5,
         "caption",
         fmt::format("CUSUM, up and down, drawn as far as {:g} s", kDrawnLimits * d.cusum_limit));
}

void require_finite(const QualityChart& chart) {
  for (const QualityPoint& p : chart.points)
    require(std::isfinite(p.value) && std::isfinite(p.day) && std::isfinite(p.cusum_high) &&
                std::isfinite(p.cusum_low),
            Errc::kInput,
            fmt::format("{}: a run of {} has a value that is not finite", chart.title, p.date));
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += c;
    }
  return safe;
}

std::string number_text(double value, double scale) {
  const int places = std::clamp(static_cast<int>(std::ceil(-std::log10(scale) - 1e-9)), 0, 8);
  return fmt::format("{:.{}f}", std::fabs(value) < 1e-9 * scale ? 0.0 : value, places);
}

std::string chart_svg(const QualityChart& chart, const std::vector<QualityMark>& marks, double cusum_limit) {
  require_finite(chart);
  if (chart.points.empty()) return {};
  Drawing d{chart,
            days_axis(chart),
            values_axis(chart),
            sums_axis(chart, cusum_limit),
            !chart.limits.empty(),
            cusum_limit,
            {}};
  const double bottom = d.has_cusum ? kTop + kPlot + kBetween + kCusum : kTop + kPlot;
  draw_limits(d);
  draw_marks(d, marks, bottom);
  draw_values_scale(d);
  if (d.has_cusum) draw_cusum(d);
  draw_days(d, bottom + 2);
  draw_points(d);
  return fmt::format(
      R"(<svg class="chart" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="img" aria-label="{2}">{3}</svg>)",
      kWidth,
      bottom + kBottom,
      escaped(chart.title),
      d.svg);
}

}  // namespace ledd::report
