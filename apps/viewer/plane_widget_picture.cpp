// The picture below a plane's marks, and how little of it is drawn anew.
#include <cmath>

#include "plane_widget.h"

namespace ledd::viewer {
namespace {

/// But for rounding.
bool lie_alike(const plane_view::Plane& a, const plane_view::Plane& b) {
  const auto near = [](const Point& p, const Point& q, double most) {
    return std::abs(p[0] - q[0]) + std::abs(p[1] - q[1]) + std::abs(p[2] - q[2]) <= most;
  };
  return a.width_px == b.width_px && a.height_px == b.height_px &&
         std::abs(a.pixel_mm - b.pixel_mm) <= 1e-12 * b.pixel_mm && near(a.right_lps, b.right_lps, 1e-12) &&
         near(a.down_lps, b.down_lps, 1e-12) && near(a.centre_lps_mm, b.centre_lps_mm, 1e-6);
}

}  // namespace

/// The cursor is elsewhere: where it stayed in this plane the picture is the same, and the marks move.
void PlaneWidget::follow() {
  if (stale_ || scene_.empty()) return redraw();
  const plane_view::Plane before = plane_;
  lay_plane();
  if (!lie_alike(before, plane_)) return redraw();
  plane_ = before;
  update();
  emit redrawn();
}

/// Only what lies in the box of the change, and only where it meets the plane.
void PlaneWidget::redraw_change(const label_editing::Change& change) {
  const Labels* const labels = scene_.labels();
  if (stale_ || labels == nullptr || change.empty()) return redraw();
  const auto part = plane_view::clipped(
      plane_view::part_of(plane_, *labels, label_editing::box_of(change, *labels)), plane_);
  const QRect pixels(part.left, part.top, part.width, part.height);
  if (pixels.isEmpty()) return;
  dirty_ = dirty_.united(pixels);
  update(pixels);
}

void PlaneWidget::draw_picture() {
  const bool other_size = image_.width() != plane_.width_px || image_.height() != plane_.height_px;
  if (stale_ || other_size) {
    lay_plane();
    if (image_.width() != plane_.width_px || image_.height() != plane_.height_px)
      image_ = QImage(plane_.width_px, plane_.height_px, QImage::Format_RGB32);
    dirty_ = image_.rect();
    stale_ = false;
  }
  if (dirty_.isEmpty()) return;
  plane_view::draw(plane_,
                   scene_.layers(),
                   {dirty_.left(), dirty_.top(), dirty_.width(), dirty_.height()},
                   reinterpret_cast<std::uint32_t*>(image_.bits()));
  dirty_ = {};
}

/// What of the picture the brush's outline takes.
QRect PlaneWidget::brush_area() const {
  if (!brush_place_) return {};
  const double reach = tool_.radius_mm / plane_.pixel_mm + 2.0;
  return QRectF(brush_place_->x() - reach, brush_place_->y() - reach, 2.0 * reach, 2.0 * reach)
      .toAlignedRect();
}

}  // namespace ledd::viewer
