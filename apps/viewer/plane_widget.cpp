#include "plane_widget.h"

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "colour_bar.h"
#include "plane_lines.h"

namespace ledd::viewer {
namespace {

const QColor kMark(255, 213, 79), kCursor(79, 195, 247, 190);

QString name_of(plane_view::View view) {
  switch (view) {
    case plane_view::View::kSagittal: return "sagittal";
    case plane_view::View::kCoronal: return "coronal";
    case plane_view::View::kAxial: return "axial";
  }
  return {};
}

/// Corners of the scan in a plane's pixels.
QRectF shadow_of(const itk::ImageBase<3>& scan, const plane_view::Plane& plane) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::ContinuousIndex<double, 3> index;
    for (unsigned axis = 0; axis < 3; ++axis)
      index[axis] = (corner >> axis & 1U) != 0 ? static_cast<double>(size[axis]) - 0.5 : -0.5;
    itk::Point<double, 3> p;
    scan.TransformContinuousIndexToPhysicalPoint(index, p);
    const auto pixel = plane_view::pixel_of(plane, {p[0], p[1], p[2]});
    left = std::min(left, pixel[0]);
    right = std::max(right, pixel[0]);
    top = std::min(top, pixel[1]);
    bottom = std::max(bottom, pixel[1]);
  }
  return {left, top, right - left, bottom - top};
}

/// 1, 2 or 5 times a power of ten, at most `wanted`.
double round_length(double wanted) {
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double step : {5.0, 2.0})
    if (step * power <= wanted) return step * power;
  return power;
}

void text_with_shadow(QPainter& painter, const QPointF& at, const QString& text) {
  painter.setPen(Qt::black);
  painter.drawText(at + QPointF(1, 1), text);
  painter.setPen(kMark);
  painter.drawText(at, text);
}

}  // namespace

PlaneWidget::PlaneWidget(Scene& scene, plane_view::View view, QWidget* parent)
    : QWidget(parent), scene_(scene), view_(view), hand_(scene) {
  setMinimumSize(120, 120);
  setMouseTracking(true);
  setAccessibleName(name_of(view) + " plane");
  connect(&scene, &Scene::shown, this, [this] {
    hand_.let_go();
    fit();
  });
  connect(&scene, &Scene::cursor_moved, this, [this] { follow(); });
  connect(&scene, &Scene::look_changed, this, [this] { redraw(); });
  connect(&scene, &Scene::corrected, this, [this](const auto& change) {
    if (!hand_.at_work()) hand_.let_go();
    redraw_change(change);
  });
  connect(&scene, &Scene::labels_replaced, this, [this] {
    hand_.let_go();
    redraw();
  });
}

void PlaneWidget::set_tool(const Tool& tool) {
  tool_ = tool;
  hand_.set_tool(tool);
  setCursor(tool.kind == Tool::Kind::kCursor ? Qt::ArrowCursor : Qt::CrossCursor);
  scene_.expect_corrections(tool.kind != Tool::Kind::kCursor);
  update();
}

void PlaneWidget::set_leader(PlaneWidget* leader) {
  if (leader_) disconnect(leader_, nullptr, this, nullptr);
  leader_ = leader;
  if (leader != nullptr) connect(leader, &PlaneWidget::redrawn, this, [this] { follow(); });
  redraw();
}

void PlaneWidget::set_notice(const QString& notice) {
  notice_ = notice;
  update();
}

bool PlaneWidget::is_led() const {
  return leader_ && !leader_->scene_.empty();
}

/// The leader's may lie where this scan ends.
const Point& PlaneWidget::cursor_lps_mm() const {
  return is_led() ? leader_->scene_.cursor_lps_mm() : scene_.cursor_lps_mm();
}

void PlaneWidget::redraw() {
  stale_ = true;
  update();
  emit redrawn();
}

void PlaneWidget::fit() {
  if (scene_.empty()) return redraw();
  zoom_ = 1.0;
  const Volume& scan = *scene_.content().scan;
  auto plane = plane_view::plane_of(scan, view_, scene_.axes(), scene_.cursor_lps_mm());
  const auto shadow = shadow_of(scan, plane);
  centre_lps_mm_ = plane_view::at_pixel(plane, shadow.center().x(), shadow.center().y());
  redraw();
}

void PlaneWidget::zoom(double factor) {
  if (is_led()) return leader_->zoom(factor);
  zoom_ = std::clamp(zoom_ * factor, 0.2, 40.0);
  redraw();
}

/// The plane of the widget's size through the cursor.
void PlaneWidget::lay_plane() {
  if (is_led()) {
    leader_->lay_plane();
    plane_ = leader_->plane_;
    plane_.width_px = std::max(1, width());
    plane_.height_px = std::max(1, height());
    return;
  }
  const Volume& scan = *scene_.content().scan;
  plane_ = plane_view::plane_of(scan, view_, scene_.axes(), scene_.cursor_lps_mm());
  const auto shadow = shadow_of(scan, plane_);  // in mm: its pixels are one millimetre
  plane_.width_px = std::max(1, width());
  plane_.height_px = std::max(1, height());
  const double whole = std::max(shadow.width() / plane_.width_px, shadow.height() / plane_.height_px);
  plane_.pixel_mm = whole * 1.02 / zoom_;
  const Point normal = plane_view::normal_lps(plane_);
  double height_mm = 0.0;
  for (unsigned k = 0; k < 3; ++k) height_mm += (scene_.cursor_lps_mm()[k] - centre_lps_mm_[k]) * normal[k];
  for (unsigned k = 0; k < 3; ++k) plane_.centre_lps_mm[k] = centre_lps_mm_[k] + height_mm * normal[k];
}

void PlaneWidget::step(int slices) {
  if (scene_.empty()) return;
  if (is_led()) return leader_->step(slices);
  const double step_mm = plane_view::step_mm(*scene_.content().scan, plane_);
  const Point normal = plane_view::normal_lps(plane_);
  Point cursor = scene_.cursor_lps_mm();
  for (unsigned k = 0; k < 3; ++k) cursor[k] += slices * step_mm * normal[k];
  scene_.move_cursor(cursor);
}

QPointF PlaneWidget::place_of(const Point& p_lps_mm) const {
  const auto pixel = plane_view::pixel_of(plane_, p_lps_mm);
  return {pixel[0] + 0.5, pixel[1] + 0.5};
}

Point PlaneWidget::point_at(const QPointF& place) const {
  return plane_view::at_pixel(plane_, place.x() - 0.5, place.y() - 0.5);
}

void PlaneWidget::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  if (scene_.empty()) {
    painter.fillRect(rect(), Qt::black);
    draw_notice(painter);
    return;
  }
  draw_picture();
  painter.drawImage(0, 0, image_);
  painter.setRenderHint(QPainter::Antialiasing);
  if (scene_.lines_shown()) draw_lines(painter);
  draw_marks(painter);
  if (!scene_.map().empty()) paint_colour_bar(painter, rect(), scene_.scale(), scene_.colours().palette);
  draw_notice(painter);
}

void PlaneWidget::draw_lines(QPainter& painter) const {
  paint_lines(painter, scene_, plane_);
}

/// Cursor, brush, letters, a scale bar, which plane it is.
void PlaneWidget::draw_marks(QPainter& painter) const {
  const QPointF cursor = place_of(cursor_lps_mm());
  painter.setPen(QPen(kCursor, 1.0));
  for (const auto& [dx, dy] : {std::pair(1.0, 0.0), {-1.0, 0.0}, {0.0, 1.0}, {0.0, -1.0}})
    painter.drawLine(cursor + QPointF(dx, dy) * 12.0, cursor + QPointF(dx, dy) * 10000.0);
  draw_tool(painter);
  const auto letters = plane_view::letters_of(plane_);
  const double w = width(), h = height();
  text_with_shadow(painter, {6, h / 2}, QString::fromStdString(letters.left));
  text_with_shadow(painter, {w - 22, h / 2}, QString::fromStdString(letters.right));
  text_with_shadow(painter, {w / 2, 16}, QString::fromStdString(letters.top));
  text_with_shadow(painter, {w / 2, h - 6}, QString::fromStdString(letters.bottom));
  const double bar_mm = round_length(std::max(1e-3, w / 4.0 * plane_.pixel_mm));
  const double bar_px = bar_mm / plane_.pixel_mm;
  painter.setPen(QPen(kMark, 2.0));
  painter.drawLine(QPointF(8, h - 10), QPointF(8 + bar_px, h - 10));
  text_with_shadow(painter, {8, h - 16}, QString("%1 mm").arg(bar_mm));
  text_with_shadow(painter, {6, 16}, name_of(view_));
}

void PlaneWidget::draw_notice(QPainter& painter) const {
  if (notice_.isEmpty()) return;
  const QRect where = rect().adjusted(30, 24, -30, -40);
  constexpr int kFlags = Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap;
  QRect box;
  painter.setPen(kMark);
  painter.drawText(where, kFlags, notice_, &box);
  painter.fillRect(box.adjusted(-6, -3, 6, 3), QColor(0, 0, 0, 200));
  painter.drawText(where, kFlags, notice_);
}

void PlaneWidget::resizeEvent(QResizeEvent* /*event*/) {
  redraw();
}

/// The outline of the brush; with the landmark tool the ends of lines that can be taken hold of.
void PlaneWidget::draw_tool(QPainter& painter) const {
  const bool round = tool_.kind != Tool::Kind::kCursor && tool_.kind != Tool::Kind::kMoveEnd;
  if (round && brush_place_) {
    painter.setPen(QPen(Qt::white, 1.0, tool_.kind == Tool::Kind::kEraser ? Qt::DashLine : Qt::SolidLine));
    const double radius = tool_.radius_mm / plane_.pixel_mm;
    painter.drawEllipse(*brush_place_, radius, radius);
  }
  if (tool_.kind != Tool::Kind::kLandmark || !scene_.lines_shown()) return;
  painter.setPen(QPen(kMark, 1.5));
  for (const Point& p : handles()) painter.drawEllipse(place_of(p), 4.0, 4.0);
}

/// Both ends of each line that lies in the plane: within half a slice.
std::vector<Point> PlaneWidget::handles() const {
  std::vector<Point> ends;
  const double near_mm = 0.5 * plane_view::step_mm(*scene_.content().scan, plane_) + 1e-3;
  for (const Polyline& line : scene_.content().lines) {
    if (line.points_lps_mm.empty()) continue;
    for (const Point& p : {line.points_lps_mm.front(), line.points_lps_mm.back()})
      if (std::abs(plane_view::pixel_of(plane_, p)[2]) <= near_mm) ends.push_back(p);
  }
  return ends;
}

/// What is pressed on: with the landmark tool the end of a line where one is near, in the plane.
QPointF PlaneWidget::pressed_on(const QPointF& place) const {
  constexpr double kNearPx = 8.0;
  if (tool_.kind != Tool::Kind::kLandmark || !scene_.lines_shown()) return place;
  QPointF nearest = place;
  double nearest_px = kNearPx;
  for (const Point& p : handles()) {
    const QPointF way = place_of(p) - place;
    if (const double far_px = std::hypot(way.x(), way.y()); far_px < nearest_px) {
      nearest_px = far_px;
      nearest = place_of(p);
    }
  }
  return nearest;
}

void PlaneWidget::nudge(double by_mm) {
  try {
    hand_.nudge(by_mm);
  } catch (const std::exception& e) {
    emit said(e.what());
  }
}

void PlaneWidget::press_tool(const QPointF& place, Qt::KeyboardModifiers keys) {
  if (tool_.kind == Tool::Kind::kCursor) return scene_.move_cursor(point_at(place));
  Tool tool = tool_;
  if (tool.kind == Tool::Kind::kBrush && (keys & Qt::ControlModifier) != 0) tool.kind = Tool::Kind::kEraser;
  const bool straight = (keys & Qt::ShiftModifier) != 0;
  try {
    hand_.set_tool(tool);
    grip_ = pressed_on(place) - place;
    hand_.press(point_at(place + grip_),
                plane_view::normal_lps(plane_),
                straight ? Hand::Way::kStraight : Hand::Way::kFree);
  } catch (const std::exception& e) {
    emit said(e.what());
  }
}

void PlaneWidget::drag_tool(const QPointF& place) {
  if (tool_.kind == Tool::Kind::kCursor) return scene_.move_cursor(point_at(place));
  try {
    hand_.drag(point_at(place + grip_));
  } catch (const std::exception& e) {
    emit said(e.what());
  }
}

void PlaneWidget::mousePressEvent(QMouseEvent* event) {
  last_place_ = event->localPos();
  if (!scene_.empty() && event->button() == Qt::LeftButton) press_tool(last_place_, event->modifiers());
}

void PlaneWidget::mouseMoveEvent(QMouseEvent* event) {
  const QPointF place = event->localPos(), way = place - last_place_;
  if (tool_.kind != Tool::Kind::kCursor) {
    update(brush_area());
    brush_place_ = place;
    update(brush_area());
  }
  if (scene_.empty() || event->buttons() == Qt::NoButton) {
    last_place_ = place;
    return;
  }
  if ((event->buttons() & Qt::LeftButton) != 0) drag_tool(place);
  if ((event->buttons() & Qt::RightButton) != 0) {
    const auto window = scene_.window();
    scene_.set_window(
        {window.centre + way.y() * window.width / 300.0, window.width * std::exp(way.x() / 200.0)});
  }
  if ((event->buttons() & Qt::MiddleButton) != 0) {
    const Point here = point_at(place), before = point_at(last_place_);
    PlaneWidget& moving = is_led() ? *leader_ : *this;
    for (unsigned k = 0; k < 3; ++k) moving.centre_lps_mm_[k] -= here[k] - before[k];
    moving.redraw();
  }
  last_place_ = place;
}

void PlaneWidget::mouseReleaseEvent(QMouseEvent* event) {
  last_place_ = event->localPos();
  if (event->button() != Qt::LeftButton) return;
  hand_.release();
  if (hand_.in_vain())
    emit said(
        "nothing moved: it was less than half a voxel, or another structure is in the way (then draw "
        "over everything)");
}

void PlaneWidget::wheelEvent(QWheelEvent* event) {
  const int notches = event->angleDelta().y() / 120;
  if (notches == 0) return;
  if ((event->modifiers() & Qt::ControlModifier) != 0)
    zoom(std::pow(1.2, notches));
  else if ((event->modifiers() & Qt::ShiftModifier) != 0)
    emit radius_wanted(notches);
  else
    step(notches);
}

void PlaneWidget::leaveEvent(QEvent* /*event*/) {
  update(brush_area());
  brush_place_.reset();
}

}  // namespace ledd::viewer
