#pragma once
#include <QImage>
#include <QWidget>
#include <optional>

#include "ledd/label_editing/operations.h"

#include "scene.h"

namespace ledd::viewer {

/// What the left button does on a plane.
struct Tool {
  enum class Kind { kCursor, kBrush, kEraser };
  Kind kind = Kind::kCursor;
  std::uint16_t id = 0;
  double radius_mm = 2.0;
  bool ball = false;  ///< Paints in neighbouring slices too.
  label_editing::Over over = label_editing::Over::kBackground;
};

/// One plane of a scene. Left button: the tool; right: window and level; middle: move; wheel: slices, with
/// Ctrl: zoom.
class PlaneWidget : public QWidget {
  Q_OBJECT
 public:
  PlaneWidget(Scene& scene, plane_view::View view, QWidget* parent = nullptr);

  void set_tool(const Tool& tool);
  /// Slices towards larger heights above the plane, or back.
  void step(int slices);
  void zoom(double factor);
  /// The whole scan, in the middle.
  void fit();
  const plane_view::Plane& plane() const noexcept { return plane_; }
  plane_view::View view() const noexcept { return view_; }
  QPointF place_of(const Point& p_lps_mm) const;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;

 private:
  void lay_plane();
  void redraw();
  Point point_at(const QPointF& place) const;
  void use_tool(const QPointF& from, const QPointF& to, Scene::Step step);
  void draw_lines(QPainter& painter) const;
  void draw_marks(QPainter& painter) const;

  Scene& scene_;
  plane_view::View view_;
  plane_view::Plane plane_;
  Tool tool_;
  QImage image_;
  bool stale_ = true;
  double zoom_ = 1.0;
  Point centre_lps_mm_{};  ///< Of the picture; its height above the plane is the cursor's.
  QPointF last_place_;
  std::optional<QPointF> brush_place_;
};

}  // namespace ledd::viewer
