#include "plane_lines.h"

#include <algorithm>
#include <cmath>

namespace ledd::viewer {
namespace {

constexpr double kThinMm = 2.0, kReachPx = 5.0, kEndOnPx = 2.0;

QPointF between(const std::array<double, 3>& a, const std::array<double, 3>& b, double part) {
  return {a[0] + part * (b[0] - a[0]) + 0.5, a[1] + part * (b[1] - a[1]) + 0.5};
}

double distance_px(const QLineF& piece, const QPointF& place) {
  const QPointF along = piece.p2() - piece.p1(), way = place - piece.p1();
  const double length2 = QPointF::dotProduct(along, along);
  const double part = length2 > 0.0 ? std::clamp(QPointF::dotProduct(way, along) / length2, 0.0, 1.0) : 0.0;
  return QLineF(piece.p1() + part * along, place).length();
}

double drawn_px(const std::vector<QLineF>& pieces) {
  double length = 0.0;
  for (const QLineF& piece : pieces) length += piece.length();
  return length;
}

/// Whether most of a line is drawn on the plane: of one that only goes through it the number would be read as
/// one of this plane's.
bool lies_in(const Polyline& line, const std::vector<QLineF>& pieces, double pixel_mm) {
  double whole_mm = 0.0;
  for (std::size_t n = 1; n < line.points_lps_mm.size(); ++n) {
    const Point &a = line.points_lps_mm[n - 1], &b = line.points_lps_mm[n];
    whole_mm += std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  }
  return drawn_px(pieces) * pixel_mm >= 0.5 * whole_mm;
}

/// Every shown line that has a piece near the plane.
template <class Body>
void for_near(const Scene& scene, const plane_view::Plane& plane, const Body& body) {
  if (scene.empty() || !scene.lines_shown()) return;
  const double near = near_mm(*scene.content().scan, plane);
  for (const Polyline& line : scene.content().lines) {
    if (!scene.group_shown(line.group)) continue;
    const auto pieces = pieces_near(line, plane, near);
    if (!pieces.empty()) body(line, pieces);
  }
}

}  // namespace

double near_mm(const itk::ImageBase<3>& scan, const plane_view::Plane& plane) {
  return std::max(kThinMm, 0.5 * plane_view::step_mm(scan, plane)) + 1e-3;
}

std::vector<QLineF> pieces_near(const Polyline& line, const plane_view::Plane& plane, double near_mm) {
  std::vector<QLineF> pieces;
  std::array<double, 3> a{};
  for (std::size_t n = 0; n < line.points_lps_mm.size(); ++n) {
    const auto b = plane_view::pixel_of(plane, line.points_lps_mm[n]);
    if (n > 0) {
      // Where the segment enters the slab and where it leaves it, as parts of its length.
      double from = 0.0, to = 1.0;
      const double rise = b[2] - a[2];
      if (std::abs(rise) > 1e-9) {
        const double low = (-near_mm - a[2]) / rise, high = (near_mm - a[2]) / rise;
        from = std::max(from, std::min(low, high));
        to = std::min(to, std::max(low, high));
      } else if (std::abs(a[2]) > near_mm) {
        to = -1.0;
      }
      if (from <= to) pieces.emplace_back(between(a, b, from), between(a, b, to));
    }
    a = b;
  }
  return pieces;
}

void paint_lines(QPainter& painter, const Scene& scene, const plane_view::Plane& plane) {
  struct Label {
    QPointF at;
    QColor colour;
    QString text;
  };
  std::vector<Label> labels;
  for_near(scene, plane, [&](const Polyline& line, const std::vector<QLineF>& pieces) {
    const QColor colour(line.rgb[0], line.rgb[1], line.rgb[2]);
    painter.setPen(QPen(colour, 1.5));
    for (const QLineF& piece : pieces) painter.drawLine(piece);
    if (drawn_px(pieces) < 1.0) {  // seen end on
      painter.setBrush(colour);
      painter.drawEllipse(pieces.front().p1(), kEndOnPx, kEndOnPx);
      painter.setBrush(Qt::NoBrush);
    }
    if (!line.text.empty() && lies_in(line, pieces, plane.pixel_mm))
      labels.push_back({pieces.front().p1() + QPointF(4, -4), colour, QString::fromStdString(line.text)});
  });
  std::vector<QRectF> taken;
  for (const Label& label : labels) {
    const QRectF box = QRectF(painter.fontMetrics().boundingRect(label.text)).translated(label.at);
    if (std::any_of(taken.begin(), taken.end(), [&](const QRectF& other) { return other.intersects(box); }))
      continue;
    taken.push_back(box);
    painter.setPen(Qt::black);
    painter.drawText(label.at + QPointF(1, 1), label.text);
    painter.setPen(label.colour);
    painter.drawText(label.at, label.text);
  }
}

QString line_at(const Scene& scene, const plane_view::Plane& plane, const QPointF& place) {
  double best = kReachPx;
  QString about;
  for_near(scene, plane, [&](const Polyline& line, const std::vector<QLineF>& pieces) {
    const std::string& text = line.about.empty() ? line.text : line.about;
    if (text.empty()) return;
    for (const QLineF& piece : pieces)
      if (const double away = distance_px(piece, place); away < best) {
        best = away;
        about = QString::fromStdString(text);
      }
  });
  return about;
}

}  // namespace ledd::viewer
