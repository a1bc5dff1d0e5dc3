#pragma once
#include <QLineF>
#include <QPainter>
#include <vector>

#include "scene.h"

namespace ledd::viewer {

/// The parts of a line that lie near a plane, in pixels of its picture.
std::vector<QLineF> pieces_near(const Polyline& line, const plane_view::Plane& plane, double near_mm);

/// How near a line must be to be drawn on a plane: half a slice, but 2 mm where slices are thin.
double near_mm(const itk::ImageBase<3>& scan, const plane_view::Plane& plane);

/// The shown measurements of a scene near a plane. Each that lies in it says its text, once, where that
/// covers no other's.
void paint_lines(QPainter& painter, const Scene& scene, const plane_view::Plane& plane);

/// What the measurement under a place of the picture is about; empty where there is none.
QString line_at(const Scene& scene, const plane_view::Plane& plane, const QPointF& place);

}  // namespace ledd::viewer
