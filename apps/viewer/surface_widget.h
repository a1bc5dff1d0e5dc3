#pragma once
#include <QVTKOpenGLNativeWidget.h>
#include <vtkSmartPointer.h>

#include <map>

#include "scene.h"
#include "surface_maker.h"

class vtkActor;
class vtkRenderer;
class vtkScalarBarActor;

namespace ledd::viewer {

/// The structures of a scene as surfaces, in their colours or in those of a map. Surfaces are made in the
/// background; the widget shows each when it is there.
class SurfaceWidget : public QVTKOpenGLNativeWidget {
  Q_OBJECT
 public:
  explicit SurfaceWidget(Scene& scene, QWidget* parent = nullptr);

  /// Surfaces shown now, and whether more are being made.
  std::size_t surfaces() const noexcept { return actors_.size(); }
  bool busy() const noexcept { return maker_.busy(); }
  /// From ahead, as one faces the patient.
  void look_from_front();

 signals:
  void surfaces_ready();

 private:
  void begin();
  void take(std::uint16_t id, const vtkSmartPointer<vtkPolyData>& surface);
  void colour(std::uint16_t id);
  void recolour();

  Scene& scene_;
  vtkSmartPointer<vtkRenderer> renderer_;
  vtkSmartPointer<vtkScalarBarActor> bar_;
  std::map<std::uint16_t, vtkSmartPointer<vtkActor>> actors_;
  SurfaceMaker maker_;
};

}  // namespace ledd::viewer
