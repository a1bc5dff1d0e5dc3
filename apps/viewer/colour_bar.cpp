#include "colour_bar.h"

#include <algorithm>
#include <cmath>

namespace ledd::viewer {
namespace {

constexpr double kBarPx = 12.0, kGapPx = 6.0, kTopPx = 36.0, kShare = 0.36;
constexpr double kNearEnd = 0.45;  // of a step: the numbers would run into each other

/// 1, 2, 2.5 or 5 times a power of ten, so that a range has three to six of them.
double step_of(double range) {
  const double wanted = range / 6.0;
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double step : {1.0, 2.0, 2.5, 5.0})
    if (step * power >= wanted * (1.0 - 1e-9)) return step * power;
  return 10.0 * power;
}

void shadowed(QPainter& painter, const QRectF& place, int flags, const QString& text) {
  painter.setPen(Qt::black);
  painter.drawText(place.translated(1, 1), flags, text);
  painter.setPen(Qt::white);
  painter.drawText(place, flags, text);
}

}  // namespace

std::vector<double> ticks_of(const ColourScale& scale) {
  const double step = step_of(scale.high - scale.low);
  std::vector<double> ticks{scale.low};
  for (double n = std::ceil(scale.low / step); n * step < scale.high; ++n)
    if (n * step > scale.low + kNearEnd * step && n * step < scale.high - kNearEnd * step)
      ticks.push_back(n == 0.0 ? 0.0 : n * step);
  ticks.push_back(scale.high);
  return ticks;
}

QString title_of(const ColourScale& scale) {
  const auto quantity = QString::fromStdString(scale.quantity), unit = QString::fromStdString(scale.unit);
  return unit.isEmpty() || unit == "1" ? quantity : QString("%1 (%2)").arg(quantity, unit);
}

void paint_colour_bar(QPainter& painter,
                      const QRectF& area,
                      const ColourScale& scale,
                      const std::vector<plane_view::Rgb>& palette) {
  if (palette.size() < 2 || !(scale.high > scale.low)) return;
  const QRectF bar(
      area.right() - kGapPx - kBarPx, area.top() + kTopPx, kBarPx, std::max(40.0, kShare * area.height()));
  QLinearGradient gradient(bar.bottomLeft(), bar.topLeft());
  const auto last = static_cast<double>(palette.size() - 1);
  for (std::size_t n = 0; n < palette.size(); n += std::max<std::size_t>(1, palette.size() / 32))
    gradient.setColorAt(static_cast<double>(n) / last, QColor(palette[n][0], palette[n][1], palette[n][2]));
  gradient.setColorAt(1.0, QColor(palette.back()[0], palette.back()[1], palette.back()[2]));
  painter.setPen(QPen(Qt::black, 1.0));
  painter.setBrush(gradient);
  painter.drawRect(bar);
  painter.setBrush(Qt::NoBrush);
  const double line_px = painter.fontMetrics().height();
  for (const double tick : ticks_of(scale)) {
    const double y = bar.bottom() - bar.height() * (tick - scale.low) / (scale.high - scale.low);
    painter.setPen(QPen(Qt::white, 1.0));
    painter.drawLine(QPointF(bar.left() - 4, y), QPointF(bar.left(), y));
    const QString beyond = tick == scale.high  ? QString(QChar(0x2265))
                           : tick == scale.low ? QString(QChar(0x2264))
                                               : QString();
    shadowed(painter,
             {area.left(), y - 0.5 * line_px, bar.left() - area.left() - kGapPx, line_px},
             Qt::AlignRight | Qt::AlignVCenter,
             beyond + QString::number(tick, 'g', 4));
  }
  shadowed(painter,
           {area.left(), bar.top() - 0.6 * line_px - line_px, area.width() - kGapPx, line_px},
           Qt::AlignRight | Qt::AlignBottom,
           title_of(scale));
}

}  // namespace ledd::viewer
