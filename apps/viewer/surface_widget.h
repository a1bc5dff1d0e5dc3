#pragma once
#include <QVTKOpenGLNativeWidget.h>
#include <vtkSmartPointer.h>

#include <map>
#include <memory>

#include "ledd/core/context.h"
#include "ledd/mesh/mesh.h"

#include "scene.h"

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
  ~SurfaceWidget() override;
  SurfaceWidget(const SurfaceWidget&) = delete;
  SurfaceWidget& operator=(const SurfaceWidget&) = delete;

  /// Surfaces shown now, and whether more are being made.
  std::size_t surfaces() const noexcept { return actors_.size(); }
  bool busy() const noexcept { return job_ != nullptr; }
  /// From ahead, as one faces the patient.
  void look_from_front();

 signals:
  void surfaces_ready();

 private:
  struct Job;
  void begin();
  void end_job();
  void take(std::uint16_t id, const TriangleMesh& mesh);
  void colour(std::uint16_t id);
  void recolour();

  Scene& scene_;
  vtkSmartPointer<vtkRenderer> renderer_;
  vtkSmartPointer<vtkScalarBarActor> bar_;
  std::map<std::uint16_t, vtkSmartPointer<vtkActor>> actors_;
  std::shared_ptr<Job> job_;
};

}  // namespace ledd::viewer
