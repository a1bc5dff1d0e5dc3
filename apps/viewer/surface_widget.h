#pragma once
#include <QVTKOpenGLNativeWidget.h>
#include <vtkSmartPointer.h>

#include <QTimer>
#include <map>
#include <memory>
#include <string>

#include "scene.h"
#include "surface_maker.h"

class QMouseEvent;
class vtkActor;
class vtkRenderer;
class vtkScalarBarActor;

namespace ledd::viewer {

class SurfaceMarks;

/// The structures of a scene as surfaces, in their colours or in those of a map. Surfaces are made in the
/// background; the widget shows each when it is there. Measurements are drawn over them. A double click, or
/// a click with Ctrl, brings the linked cursor to the surface under the mouse.
class SurfaceWidget : public QVTKOpenGLNativeWidget {
  Q_OBJECT
 public:
  explicit SurfaceWidget(Scene& scene, QWidget* parent = nullptr);
  ~SurfaceWidget() override;
  SurfaceWidget(const SurfaceWidget&) = delete;
  SurfaceWidget& operator=(const SurfaceWidget&) = delete;

  /// Surfaces shown now, and whether more are being made.
  std::size_t surfaces() const noexcept { return actors_.size(); }
  bool busy() const noexcept { return maker_.busy(); }
  /// From ahead, as one faces the patient.
  void look_from_front();
  /// Brings the cursor to the surface at a place of the widget; false where there is none.
  bool pick(const QPointF& place);
  const SurfaceMarks& marks() const noexcept { return *marks_; }

 signals:
  void surfaces_ready();

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  void begin();
  void take(std::uint16_t id, const vtkSmartPointer<vtkPolyData>& surface);
  void colour(std::uint16_t id);
  void recolour();
  void follow_look();

  Scene& scene_;
  vtkSmartPointer<vtkRenderer> renderer_;
  vtkSmartPointer<vtkScalarBarActor> bar_;
  std::map<std::uint16_t, vtkSmartPointer<vtkActor>> actors_;
  SurfaceMaker maker_;
  std::unique_ptr<SurfaceMarks> marks_;
  std::string look_;  ///< What follow_look() drew last.
  QTimer cursor_;     ///< Pictures of surfaces take long: the cursor is drawn when it rests.
};

}  // namespace ledd::viewer
