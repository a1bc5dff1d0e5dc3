#pragma once
#include <QImage>
#include <QPointer>
#include <QWidget>
#include <optional>

#include "hand.h"
#include "scene.h"

namespace ledd::viewer {

/// One plane of a scene. Left button: the tool, of the brush with Shift a straight line, with Ctrl the
/// eraser; right: window and level; middle: move; wheel: slices, with Ctrl: zoom, with Shift: the brush's
/// radius.
class PlaneWidget : public QWidget {
  Q_OBJECT
 public:
  PlaneWidget(Scene& scene, plane_view::View view, QWidget* parent = nullptr);

  void set_tool(const Tool& tool);
  const Tool& tool() const noexcept { return tool_; }
  /// The end that was dragged last, further by a bit.
  void nudge(double by_mm);
  /// Slices towards larger heights above the plane, or back.
  void step(int slices);
  void zoom(double factor);
  /// The whole scan, in the middle.
  void fit();
  const plane_view::Plane& plane() const noexcept { return plane_; }
  plane_view::View view() const noexcept { return view_; }
  /// From now on the same cut as another widget's, at the same zoom, whatever this scene's scan: slices, zoom
  /// and moves are the leader's. Null: a plane of its own.
  void set_leader(PlaneWidget* leader);
  /// Words on the picture that must not be missed; empty: none.
  void set_notice(const QString& notice);
  QPointF place_of(const Point& p_lps_mm) const;

 signals:
  /// What could not be done, as a sentence.
  void said(const QString& why);
  void radius_wanted(int notches);
  void redrawn();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void lay_plane();
  void redraw();
  void redraw_change(const label_editing::Change& change);
  void follow();
  void draw_picture();
  QRect brush_area() const;
  bool is_led() const;
  const Point& cursor_lps_mm() const;
  Point point_at(const QPointF& place) const;
  void press_tool(const QPointF& place, Qt::KeyboardModifiers keys);
  void drag_tool(const QPointF& place);
  QPointF pressed_on(const QPointF& place) const;
  std::vector<Point> handles() const;
  void draw_lines(QPainter& painter) const;
  void draw_marks(QPainter& painter) const;
  void draw_tool(QPainter& painter) const;
  void draw_notice(QPainter& painter) const;

  Scene& scene_;
  plane_view::View view_;
  plane_view::Plane plane_;
  Tool tool_;
  Hand hand_;
  QImage image_;
  QRect dirty_;  ///< Of the picture, to be drawn anew; all of it when `stale_`.
  bool stale_ = true;
  double zoom_ = 1.0;
  Point centre_lps_mm_{};  ///< Of the picture; its height above the plane is the cursor's.
  QPointer<PlaneWidget> leader_;
  QString notice_;
  QPointF last_place_;
  QPointF grip_;  ///< From the press to what it took hold of.
  std::optional<QPointF> brush_place_;
};

}  // namespace ledd::viewer
